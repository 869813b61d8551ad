"""The command line: flags to a configuration, signals to a stop, errors to one clear line."""

import asyncio
import logging
import signal
import time
from pathlib import Path

import click

from simulator.captures import CaptureFeed
from simulator.clock import MAX_SPEED
from simulator.config import HISTORY_LIMIT, ConnectionLimits, SimulatorConfig
from simulator.errors import SimulatorError
from simulator.events import Feed
from simulator.faults import FaultSpec, parse_faults
from simulator.server import serve
from simulator.synthetic.feed import SyntheticFeed

PROBLEMS_SHOWN = 5

HELP = """Serve a local Binance spot exchange: WebSocket streams and REST on one port.

What happens on it is a recorded capture or a synthetic market:

\b
  python -m simulator --capture captures/ --speed 60
  python -m simulator --synthetic BTCUSDT,ETHUSDT --seed 7

Clients connect to ws://HOST:PORT/stream or /ws and to http://HOST:PORT/api/v3. A capture starts
when somebody subscribes to one of its streams, so nothing is missed; REST shows only what has
happened so far.

Faults are set while it runs, or with --fault from the start:

\b
  curl -X POST HOST:PORT/control/faults -d '{"kind":"cut","seconds":2}'
  curl HOST:PORT/control/status

\b
  cut         reset every connection, refuse reconnects for SECONDS
  drop, duplicate, corrupt, reorder     the next COUNT frames of STREAM
  delay       hold COUNT frames of STREAM back for SECONDS of exchange time
  silence     STREAM says nothing for SECONDS of exchange time
  refuse      answer handshakes with STATUS, COUNT times or for SECONDS
  shutdown    announce serverShutdown, close after LEAD_SECONDS
  rest_error  answer the next COUNT calls (of ENDPOINT) with STATUS

Each takes after_frames or at_event_time_ms as its trigger.
"""


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


def _faults(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> tuple[FaultSpec, ...]:
    try:
        return tuple(spec for text in texts for spec in parse_faults(text))
    except SimulatorError as error:
        raise click.BadParameter(str(error)) from None


def _recorded(paths: tuple[Path, ...]) -> CaptureFeed:
    feed = CaptureFeed(paths)
    click.echo(
        f"capture: {len(feed.files)} files, {feed.frames_total} frames, {feed.skipped} lines "
        f"skipped; streams {', '.join(sorted(feed.streams))}"
    )
    for problem in feed.problems[:PROBLEMS_SHOWN]:
        click.echo(f"skipped {problem}", err=True)
    return feed


def _synthetic(symbols: str, seed: int, start_ms: int | None) -> SyntheticFeed:
    names = [name.strip().upper() for name in symbols.split(",") if name.strip()]
    begin_ms = int(time.time() * 1000) if start_ms is None else start_ms
    click.echo(f"synthetic market: {', '.join(names)}; seed {seed}, from {begin_ms} ms")
    return SyntheticFeed(names, seed, begin_ms)


def _feed(captures: tuple[Path, ...], symbols: str, seed: int, start_ms: int | None) -> Feed:
    if bool(captures) == bool(symbols):
        raise click.UsageError("expected either --capture PATH or --synthetic SYMBOLS")
    return _recorded(captures) if captures else _synthetic(symbols, seed, start_ms)


async def _run(config: SimulatorConfig, feed: Feed) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(config, feed, stop)


_LIMITS = ConnectionLimits()


@click.command(help=HELP, context_settings={"max_content_width": 100, "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=9443, help="Port to listen on; 0 takes any free one.")
@click.option(
    "--capture",
    "captures",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A recorded capture: a file, or a folder of spot *.gz files. Repeatable.",
)
@click.option("--synthetic", default="", metavar="SYMBOLS", help="Symbols, separated by commas.")
@click.option("--seed", default=1, help="Of the synthetic market.")
@click.option("--start-time-ms", type=int, help="Of the synthetic market.  [default: now]")
@click.option(
    "--speed", type=Speed(), default="1", help="Times real time; max: as fast as clients read."
)
@click.option(
    "--idle-speed",
    type=click.FloatRange(min=0),
    help="The clock's speed after the last frame.  [default: --speed, or 60 after max]",
)
@click.option(
    "--start",
    type=click.Choice(["on-subscribe", "now"]),
    help="When the clock starts.  [default: on-subscribe with --capture, else now]",
)
@click.option(
    "--history-limit",
    type=click.IntRange(min=1),
    help=f"Trades kept per symbol for REST.  [default: all of a capture, else {HISTORY_LIMIT}]",
)
@click.option("--rate-scale", default=1.0, help="Multiplies the REST weight budget of 6000/min.")
@click.option("--ping-seconds", default=_LIMITS.ping_seconds, help="Between server pings.")
@click.option("--pong-seconds", default=_LIMITS.pong_seconds, help="Until a pong is overdue.")
@click.option("--lifetime-seconds", default=_LIMITS.lifetime_seconds, help="Of a connection.")
@click.option(
    "--messages-per-second", default=_LIMITS.messages_per_second, help="Allowed from a client."
)
@click.option(
    "--fault", "faults", multiple=True, callback=_faults, help="A fault, as JSON. Repeatable."
)
def main(
    *,
    host: str,
    port: int,
    captures: tuple[Path, ...],
    synthetic: str,
    seed: int,
    start_time_ms: int | None,
    speed: float,
    idle_speed: float | None,
    start: str | None,
    history_limit: int | None,
    rate_scale: float,
    ping_seconds: float,
    pong_seconds: float,
    lifetime_seconds: float,
    messages_per_second: int,
    faults: tuple[FaultSpec, ...],
) -> None:
    """Check the flags, load the feed and serve it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    limits = ConnectionLimits(ping_seconds, pong_seconds, lifetime_seconds, messages_per_second)
    config = SimulatorConfig(
        host=host,
        port=port,
        speed=speed,
        idle_speed=idle_speed,
        start_on_subscribe=start == "on-subscribe" if start else bool(captures),
        history_limit=history_limit or (None if captures else HISTORY_LIMIT),
        rate_scale=rate_scale,
        limits=limits,
        faults=faults,
    )
    try:
        asyncio.run(_run(config, _feed(captures, synthetic, seed, start_time_ms)))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from None
