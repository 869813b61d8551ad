"""The command line: flags to a configuration, signals to a stop, errors to one clear line."""

import asyncio
import logging
import signal
import time
from pathlib import Path

import click

from simulator.captures import CaptureFeed
from simulator.clock import MAX_SPEED
from simulator.config import HISTORY_LIMIT, USDM_LIMITS, ConnectionLimits, SimulatorConfig
from simulator.errors import SimulatorError
from simulator.events import Feed
from simulator.faults import FaultSpec, parse_faults
from simulator.server import serve
from simulator.synthetic.feed import SyntheticFeed
from simulator.venues import Market

PROBLEMS_SHOWN = 5
ALL = "all"

HELP = """Serve a local Binance, spot and USD-M: WebSocket streams and REST on one port.

What happens on it is a recorded capture or a synthetic market:

\b
  python -m simulator --capture captures/ --speed 60
  python -m simulator --synthetic BTCUSDT,ETHUSDT --seed 7

Clients of spot connect to ws://HOST:PORT/stream or /ws and to http://HOST:PORT/api/v3, those of
USD-M to /public, /market or /private before /stream or /ws, and to /fapi/v1. A capture starts when
somebody subscribes to one of its streams, so nothing is missed; REST shows only what has happened
so far.

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
  rest_error  answer the next COUNT calls (of ENDPOINT) with STATUS and RETRY_AFTER_SECONDS
  stale_snapshot  answer the next COUNT calls of depth with the books of the trigger's moment
  slow_snapshot   answer the next COUNT calls of depth after SECONDS

A STREAM of USD-M is named with its path, public/btcusdt@depth, and its ENDPOINT as fapi/depth.

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


def _recorded(paths: tuple[Path, ...], market: str) -> CaptureFeed:
    feed = CaptureFeed(paths, tuple(Market) if market == ALL else (Market(market),))
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


def _feed(
    captures: tuple[Path, ...], market: str, symbols: str, seed: int, start_ms: int | None
) -> Feed:
    if bool(captures) == bool(symbols):
        raise click.UsageError("expected either --capture PATH or --synthetic SYMBOLS")
    return _recorded(captures, market) if captures else _synthetic(symbols, seed, start_ms)


async def _run(config: SimulatorConfig, feed: Feed) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(config, feed, stop)


def _limits(
    granted: ConnectionLimits,
    ping_seconds: float | None,
    pong_seconds: float | None,
    lifetime_seconds: float,
    messages_per_second: int | None,
) -> ConnectionLimits:
    """Return a market's limits, with those that were asked for instead."""
    return ConnectionLimits(
        granted.ping_seconds if ping_seconds is None else ping_seconds,
        granted.pong_seconds if pong_seconds is None else pong_seconds,
        lifetime_seconds,
        granted.messages_per_second if messages_per_second is None else messages_per_second,
    )


@click.command(help=HELP, context_settings={"max_content_width": 100, "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=9443, help="Port to listen on; 0 takes any free one.")
@click.option(
    "--capture",
    "captures",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A recorded capture: a file, or a folder of *.gz files. Repeatable.",
)
@click.option(
    "--market",
    type=click.Choice([*(market.value for market in Market), ALL]),
    default=ALL,
    help="Which files of a folder are replayed; a file of another market is refused.",
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
@click.option("--rate-scale", default=1.0, help="Multiplies the REST weight budgets.")
@click.option("--ping-seconds", type=float, help="Between server pings.  [default: 20, USD-M 180]")
@click.option(
    "--pong-seconds", type=float, help="Until a pong is overdue.  [default: 60, USD-M 600]"
)
@click.option(
    "--lifetime-seconds", default=ConnectionLimits().lifetime_seconds, help="Of a connection."
)
@click.option(
    "--messages-per-second",
    type=int,
    help="Allowed from a client.  [default: 5, USD-M 10]",
)
@click.option(
    "--fault", "faults", multiple=True, callback=_faults, help="A fault, as JSON. Repeatable."
)
def main(
    *,
    host: str,
    port: int,
    captures: tuple[Path, ...],
    market: str,
    synthetic: str,
    seed: int,
    start_time_ms: int | None,
    speed: float,
    idle_speed: float | None,
    start: str | None,
    history_limit: int | None,
    rate_scale: float,
    ping_seconds: float | None,
    pong_seconds: float | None,
    lifetime_seconds: float,
    messages_per_second: int | None,
    faults: tuple[FaultSpec, ...],
) -> None:
    """Check the flags, load the feed and serve it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asked = (ping_seconds, pong_seconds, lifetime_seconds, messages_per_second)
    config = SimulatorConfig(
        host=host,
        port=port,
        speed=speed,
        idle_speed=idle_speed,
        start_on_subscribe=start == "on-subscribe" if start else bool(captures),
        history_limit=history_limit or (None if captures else HISTORY_LIMIT),
        rate_scale=rate_scale,
        limits=_limits(ConnectionLimits(), *asked),
        usdm_limits=_limits(USDM_LIMITS, *asked),
        faults=faults,
    )
    try:
        asyncio.run(_run(config, _feed(captures, market, synthetic, seed, start_time_ms)))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from None
