"""Why a measurement was given up."""


class BenchmarkError(Exception):
    """The measurement could not be made; no figure may be taken from it."""
