"""The command line: turns flags into a configuration, and errors into one clear line."""

import asyncio
import logging
import signal
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import click

from simulator.binance.venues import Market
from simulator.captures.feed import CaptureFeed
from simulator.cli_help import HELP
from simulator.cli_parameters import Speed, faults_of, symbols_of
from simulator.engine.config import HISTORY_LIMIT, USDM_LIMITS, ConnectionLimits, SimulatorConfig
from simulator.engine.events import Feed, Trade
from simulator.engine.faults import FaultSpec
from simulator.errors import SimulatorError
from simulator.server import serve
from simulator.synthetic.feed import SyntheticFeed

PROBLEMS_SHOWN = 5
SYMBOLS_SHOWN = 8
ALL = "all"


def _recorded(paths: tuple[Path, ...], markets: Collection[Market]) -> CaptureFeed:
    feed = CaptureFeed(paths, markets)
    click.echo(
        f"capture: {len(feed.files)} files, {feed.frames_total} frames, {feed.skipped} lines "
        f"skipped; streams {', '.join(sorted(feed.streams))}"
    )
    for problem in feed.problems[:PROBLEMS_SHOWN]:
        click.echo(f"skipped {problem}", err=True)
    if feed.unsupported:
        names = ", ".join(feed.unsupported)
        click.echo(f"left out, since COIN-M futures are not supported: {names}", err=True)
    return feed


def _synthetic(
    symbols: tuple[str, ...],
    markets: Collection[Market],
    seed: int,
    start_ms: int | None,
    activity: float,
) -> SyntheticFeed:
    begin_ms = int(time.time() * 1000) if start_ms is None else start_ms
    shown = ", ".join(symbols[:SYMBOLS_SHOWN])
    more = f" and {len(symbols) - SYMBOLS_SHOWN} more" if len(symbols) > SYMBOLS_SHOWN else ""
    click.echo(f"synthetic market: {shown}{more}; seed {seed}, from {begin_ms} ms")
    return SyntheticFeed(symbols, seed, begin_ms, markets, activity)


def _feed(
    captures: tuple[Path, ...],
    market: str | None,
    symbols: tuple[str, ...] | None,
    seed: int,
    start_ms: int | None,
    activity: float,
) -> Feed:
    if bool(captures) == bool(symbols):
        found = "both" if captures else "neither"
        raise click.UsageError(
            f"expected either --capture PATH or --synthetic SYMBOLS, found {found}"
        )
    wanted = market or (ALL if captures else Market.SPOT.value)
    markets = tuple(Market) if wanted == ALL else (Market(wanted),)
    if symbols:
        return _synthetic(symbols, markets, seed, start_ms, activity)
    return _recorded(captures, markets)


def _past(feed: Feed, hours: float) -> Iterable[Trade]:
    if not hours:
        return ()
    if not isinstance(feed, SyntheticFeed):
        raise click.UsageError(
            f"--past-hours: expected a synthetic market, found {hours:g} hours for a capture, "
            "which has its own past; leave the option out"
        )
    return feed.past(hours)


async def _run(config: SimulatorConfig, feed: Feed, past: Iterable[Trade]) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(config, feed, stop, past)


def _limits(
    granted: ConnectionLimits,
    ping_seconds: float | None,
    pong_seconds: float | None,
    lifetime_seconds: float,
    messages_per_second: int | None,
) -> ConnectionLimits:
    """Return a market's limits, overridden by those of the command line."""
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
    help="Market to serve; a captured file of another one is refused.  "
    "[default: all with --capture, else spot]",
)
@click.option(
    "--synthetic",
    "symbols",
    metavar="SYMBOLS",
    callback=symbols_of,
    help="Symbols, separated by commas; or how many: BTCUSDT, other known and made-up ones.",
)
@click.option("--seed", default=1, help="Seed of the synthetic market.")
@click.option(
    "--activity",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Multiplies the synthetic market's usual order rates, as on a busier day.",
)
@click.option("--start-time-ms", type=int, help="Start of the synthetic market.  [default: now]")
@click.option(
    "--past-hours",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Hours before a synthetic spot market's start whose trades REST also knows.",
)
@click.option(
    "--speed",
    type=Speed(),
    default="1",
    help="Multiple of real time; max: as fast as clients read.",
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
    "--wait-for",
    "start_streams",
    multiple=True,
    metavar="STREAM",
    help="The clock starts once all of these are subscribed to. Repeatable.",
)
@click.option(
    "--hold-for-snapshots",
    is_flag=True,
    help="Stand still at the first recorded book of each symbol whose diffs are waited for, until "
    "a client has requested it by REST.",
)
@click.option(
    "--history-limit",
    type=click.IntRange(min=1),
    help="Trades of a market kept for REST, divided among its symbols by activity.  "
    f"[default: all of a capture, else {HISTORY_LIMIT}]",
)
@click.option("--rate-scale", default=1.0, help="Multiplies the REST weight budgets.")
@click.option(
    "--ping-seconds", type=float, help="Time between server pings.  [default: 20, USD-M 180]"
)
@click.option(
    "--pong-seconds", type=float, help="Time until a pong is overdue.  [default: 60, USD-M 600]"
)
@click.option(
    "--lifetime-seconds",
    default=ConnectionLimits().lifetime_seconds,
    help="Lifetime of a connection.",
)
@click.option(
    "--messages-per-second",
    type=int,
    help="Messages allowed from a client.  [default: 5, USD-M 10]",
)
@click.option(
    "--journal",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the journal of the market, as capture files; see above.",
)
@click.option(
    "--fault", "faults", multiple=True, callback=faults_of, help="A fault, as JSON. Repeatable."
)
def main(
    *,
    host: str,
    port: int,
    captures: tuple[Path, ...],
    market: str | None,
    symbols: tuple[str, ...] | None,
    seed: int,
    activity: float,
    start_time_ms: int | None,
    past_hours: float,
    speed: float,
    idle_speed: float | None,
    start: str | None,
    start_streams: tuple[str, ...],
    hold_for_snapshots: bool,
    history_limit: int | None,
    rate_scale: float,
    ping_seconds: float | None,
    pong_seconds: float | None,
    lifetime_seconds: float,
    messages_per_second: int | None,
    journal: Path | None,
    faults: tuple[FaultSpec, ...],
) -> None:
    """Check the flags, load the feed and serve it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    overrides = (ping_seconds, pong_seconds, lifetime_seconds, messages_per_second)
    config = SimulatorConfig(
        host=host,
        port=port,
        speed=speed,
        idle_speed=idle_speed,
        start_on_subscribe=start == "on-subscribe" if start else bool(captures or start_streams),
        start_streams=frozenset(start_streams),
        hold_for_snapshots=hold_for_snapshots,
        history_limit=history_limit or (None if captures else HISTORY_LIMIT),
        rate_scale=rate_scale,
        limits=_limits(ConnectionLimits(), *overrides),
        usdm_limits=_limits(USDM_LIMITS, *overrides),
        faults=faults,
        journal=journal,
    )
    try:
        feed = _feed(captures, market, symbols, seed, start_time_ms, activity)
        asyncio.run(_run(config, feed, _past(feed, past_hours)))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from None
