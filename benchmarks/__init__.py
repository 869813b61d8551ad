"""Measurements: one folder each, started by its `run`; nothing here passes a verdict."""
