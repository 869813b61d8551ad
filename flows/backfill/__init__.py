"""Backfill: a span of the exchange's history into the lake. The flow is in `flow`."""
