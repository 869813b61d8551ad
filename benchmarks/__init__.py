"""Measurements: one folder each, started by its `run`; nothing here passes a verdict."""


class BenchmarkError(Exception):
    """The measurement could not be made; no figure may be taken from it."""
