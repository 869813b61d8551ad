"""Holes: found, filled from the exchange, written down; for `flows.repair` and `flows.backfill`."""
