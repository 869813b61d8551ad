"""What several flows share: corrections, trades from the exchange's history, alerts, pages."""
