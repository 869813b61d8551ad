"""Parsers of flag values: speeds, symbols and faults; no defaults, no wiring."""

import click

from simulator.engine.clock import MAX_SPEED
from simulator.engine.faults import FaultSpec, parse_faults
from simulator.engine.symbols import made_up_symbols
from simulator.errors import SimulatorError


class Speed(click.ParamType[float]):
    """A positive factor of real time, or ``max``."""

    name = "N|max"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the factor; `MAX_SPEED` for ``max``."""
        if value in ("max", MAX_SPEED):
            return MAX_SPEED
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not 0 < speed < MAX_SPEED:
            self.fail(f"expected a number above 0 or max, found {value}", param, ctx)
        return speed


def symbols_of(
    _ctx: click.Context, _param: click.Parameter, text: str | None
) -> tuple[str, ...] | None:
    """Return the symbols of a comma-separated list, or as many as a number says."""
    if text is None:
        return None
    if text.strip().isdigit():
        symbols = made_up_symbols(int(text))
    else:
        symbols = tuple(name.strip().upper() for name in text.split(",") if name.strip())
    if not symbols:
        raise click.BadParameter(f"expected symbols, or how many of them, found {text!r}")
    return symbols


def faults_of(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> tuple[FaultSpec, ...]:
    """Return the faults of JSON texts."""
    specs: list[FaultSpec] = []
    for text in texts:
        try:
            specs += parse_faults(text)
        except SimulatorError as error:
            raise click.BadParameter(f"{error}; found {text}") from None
    return tuple(specs)
