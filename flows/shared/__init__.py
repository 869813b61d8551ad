"""What several flows do: corrections, trades from the exchange's history, alerts, pages."""
