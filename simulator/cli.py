"""The command line: flags to a configuration, signals to a stop, errors to one clear line."""

import asyncio
import logging
import signal
from pathlib import Path

import click

from simulator.captures import CaptureFeed
from simulator.clock import MAX_SPEED
from simulator.config import ConnectionLimits, SimulatorConfig
from simulator.errors import SimulatorError
from simulator.events import Feed
from simulator.faults import FaultSpec, parse_faults
from simulator.server import serve

PROBLEMS_SHOWN = 5


class Speed(click.ParamType[float]):
    """A positive factor of real time, or ``max``."""

    name = "N|max"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the factor; `MAX_SPEED` for ``max``."""
        if value == "max" or value == MAX_SPEED:
            return MAX_SPEED
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not 0 < speed < MAX_SPEED:
            self.fail(f"expected a number above 0 or max, found {value}", param, ctx)
        return speed


def _faults(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> tuple[FaultSpec, ...]:
    try:
        return tuple(spec for text in texts for spec in parse_faults(text))
    except SimulatorError as error:
        raise click.BadParameter(str(error)) from None


def _load(captures: tuple[Path, ...]) -> CaptureFeed:
    feed = CaptureFeed(captures)
    click.echo(
        f"capture: {len(feed.files)} files, {feed.frames_total} frames, {feed.skipped} lines "
        f"skipped; streams {', '.join(sorted(feed.streams))}"
    )
    for problem in feed.problems[:PROBLEMS_SHOWN]:
        click.echo(f"skipped {problem}", err=True)
    return feed


async def _run(config: SimulatorConfig, feed: Feed) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(config, feed, stop)


@click.command(context_settings={"max_content_width": 100})
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9443, show_default=True, help="0 takes any free port.")
@click.option(
    "--capture",
    "captures",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A recorded capture: a file, or a folder of spot *.gz files. Repeatable.",
)
@click.option("--speed", type=Speed(), default="1", show_default=True)
@click.option("--idle-speed", type=float, default=None)
@click.option(
    "--start",
    type=click.Choice(["on-subscribe", "now"]),
    default="on-subscribe",
    show_default=True,
)
@click.option("--fault", "faults", multiple=True, callback=_faults)
def main(
    host: str,
    port: int,
    captures: tuple[Path, ...],
    speed: float,
    idle_speed: float | None,
    start: str,
    faults: tuple[FaultSpec, ...],
) -> None:
    """Serve a local Binance spot exchange."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        config = SimulatorConfig(
            host=host,
            port=port,
            speed=speed,
            idle_speed=idle_speed,
            start_on_subscribe=start == "on-subscribe",
            limits=ConnectionLimits(),
            faults=faults,
        )
        asyncio.run(_run(config, _load(captures)))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from None
