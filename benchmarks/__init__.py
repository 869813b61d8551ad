"""Measurements: one folder each, started by its `run`. Nothing here is shipped or judges."""
