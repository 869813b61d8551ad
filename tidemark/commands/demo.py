"""`tidemark demo`: the whole pipeline on one market, and a live view of it."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.console import RenderableType
from rich.live import Live

from stack import pipeline
from stack.console import Console
from stack.feeds import Feed, connector_program, simulator_program, simulator_status
from stack.flow_process import schedule_flows
from stack.jobs.package import JOBS
from stack.settings import LOOPBACK, Settings, read_settings
from stack.stack import Stack
from stack.supervisor import Supervisor
from tidemark.background_steps import BackgroundSteps
from tidemark.monitor import Monitor
from tidemark.monitor_view import render
from verify.captures import read_trades
from verify.proof import expect, own_namespace

SYNTHETIC = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT")
SIMULATOR, CONNECTOR = "simulator", "connector"
BOOKS_MARKET = "binance-spot"
"""Whose books are fetched beside the trades."""

_FOR_WINDOWS = ("kafka", "mongodb", "taskmanager")
"""Services that windows need, directly; with their own needs they start before the view."""
_ENDS_WITHIN_S = 10.0

_REFRESH_S = 1.0
_PLAIN_REFRESH_S = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """The market that the demo watches.

    Attributes:
        exchange: the connector's name for it, ``live`` or ``simulator``.
        simulator: the simulator's options; empty when the exchange is live.
        recorded: True for a capture, whose old trades would be late behind any other market.
    """

    exchange: str
    symbols: Sequence[str]
    simulator: Sequence[str]
    recorded: bool = False


def choose_source(capture: Path | None, exchange: str, symbols: str, speed: str) -> Source:
    """Return the market that the options name.

    Args:
        capture: folder of recorded captures, which wins over `exchange`.
        exchange: ``live`` or ``simulator``.
        symbols: upper case, comma-separated.
        speed: times real time; the live exchange has none.
    """
    names = [name.strip() for name in symbols.split(",") if name.strip()]
    if capture is not None:
        files = [file.path for file in expect(capture).used]
        options = [part for path in files for part in ("--capture", str(path.resolve()))]
        symbols_recorded = sorted(read_trades(files))
        options += ["--speed", speed]
        return Source("simulator", symbols_recorded, options, recorded=True)
    if exchange == "live":
        return Source("live", names, [])
    return Source("simulator", names, ["--synthetic", ",".join(names), "--speed", speed])


def exchange_of(settings: Settings, source: Source) -> str:
    """Return where flows ask the exchange about this market."""
    if source.exchange == "simulator":
        return f"http://{LOOPBACK}:{settings.ports.simulator}"
    return source.exchange


def _start(settings: Settings, stack: Stack, source: Source, console: Console) -> None:
    """Start what windows need, those of trades first: starting beside a running market is slow."""
    stack.check()
    stack.up(_FOR_WINDOWS)
    pipeline.make_ready(settings, console.line)
    _start_jobs(settings, console, JOBS[:1])
    _feed(settings, stack.supervisor, source, console)


def _start_others(settings: Settings, console: Console) -> None:
    _start_jobs(settings, console, JOBS[1:])


def _start_jobs(settings: Settings, console: Console, jobs: Sequence[str]) -> None:
    """Start jobs; one that was stopped by an older checkout continues with its new statements."""
    pipeline.upgrade_jobs(settings, console.line, pipeline.changed_jobs(settings, jobs))
    pipeline.start_jobs(settings, console.line, jobs)


def _rest(settings: Settings) -> BackgroundSteps:
    """Return what starts beside the view: the other jobs, then what reads windows."""
    return BackgroundSteps(
        (
            lambda console: _start_others(settings, console),
            lambda console: Stack(settings, console).up(),
            lambda console: pipeline.make_views(settings, console.line),
            lambda console: schedule_flows(settings, console.line),
        )
    )


def _feed(settings: Settings, supervisor: Supervisor, source: Source, console: Console) -> None:
    if source.exchange == "simulator":
        supervisor.start_program(
            simulator_program(SIMULATOR, settings, settings.ports.simulator, source.simulator)
        )
        console.line(f"simulator: {', '.join(source.symbols)} on port {settings.ports.simulator}")
    feed = Feed(
        source.exchange,
        source.symbols,
        settings.ports.simulator,
        settings.ports.connect,
        books={BOOKS_MARKET: source.symbols},
    )
    supervisor.start_program(connector_program(CONNECTOR, settings, feed))
    console.line(f"connector: fetching from {source.exchange}")


def _links(settings: Settings) -> dict[str, str]:
    view = f"lake.{settings.namespace.layer('views')}.candles_1m"
    return {
        "Flink": settings.flink_url,
        "Trino": settings.trino_url,
        "Prefect": settings.prefect_url,
        "Connector": f"http://127.0.0.1:{settings.ports.connect}",
        "Query": f'tidemark sql "TABLE {view} ORDER BY window_start DESC LIMIT 5"',
    }


def _clock_ms(settings: Settings, source: Source) -> int:
    if source.exchange == "simulator":
        status = simulator_status(settings.ports.simulator)
        if status is not None:
            return status.clock_ms
    return int(time.time() * 1_000)


def _watch(
    settings: Settings, source: Source, rest: BackgroundSteps, seconds: float | None
) -> None:
    monitor, links = Monitor(settings, source.symbols), _links(settings)

    def view() -> RenderableType:
        starting = {"Starting": rest.state} if rest.state else {}
        return render(monitor.snapshot(_clock_ms(settings, source)), links | starting)

    end = time.monotonic() + seconds if seconds is not None else float("inf")
    terminal = Terminal(width=None if sys.stdout.isatty() else 160)
    try:
        if not terminal.is_terminal:
            while time.monotonic() < end:
                terminal.print(view())
                time.sleep(min(_PLAIN_REFRESH_S, max(0.0, end - time.monotonic())))
            return
        with Live(console=terminal, screen=True, auto_refresh=False) as live:
            while time.monotonic() < end:
                live.update(view(), refresh=True)
                time.sleep(_REFRESH_S)
    finally:
        monitor.close()


def _finish(settings: Settings, stack: Stack, source: Source, console: Console) -> None:
    def stop_jobs() -> None:
        if source.recorded and stack.supervisor.is_alive():
            pipeline.tear_down(settings)
        pipeline.stop_jobs(settings, console.line)

    stack.down(before=stop_jobs)
    console.line("down; data is kept")


@click.command("demo")
@click.option(
    "--capture",
    type=click.Path(path_type=Path),
    help="Folder of recorded captures to replay instead of the synthetic market.",
)
@click.option(
    "--exchange",
    type=click.Choice(["simulator", "live"]),
    default="simulator",
    show_default=True,
    help="Where trades come from: the local synthetic market, or Binance itself.",
)
@click.option("--symbols", default=",".join(SYNTHETIC), show_default=True)
@click.option("--speed", default="1", show_default=True, help="Times real time, simulated only.")
@click.option(
    "--for",
    "seconds",
    type=float,
    metavar="SECONDS",
    help="Watch for this long, then stop everything; by default until Ctrl-C.",
)
def command(
    capture: Path | None, exchange: str, symbols: str, speed: str, seconds: float | None
) -> None:
    """Start everything and watch the newest windows of each symbol.

    Ctrl-C stops the jobs with a savepoint and takes the stack down; data is kept, and the
    next demo continues where this one stopped. A capture is replayed in a namespace of its own,
    which is torn down at the end.
    """
    source = choose_source(capture, exchange, symbols, speed)
    settings, console = read_settings(), Console()
    settings = replace(settings, exchange=exchange_of(settings, source))
    if source.recorded:
        settings = own_namespace(settings)
    stack = Stack(settings, console)
    started, rest = time.monotonic(), _rest(settings)
    try:
        _start(settings, stack, source, console)
        console.line(f"running after {time.monotonic() - started:.0f} s; Ctrl-C stops everything")
        rest.start()
        _watch(settings, source, rest, seconds)
    except KeyboardInterrupt:
        console.line("interrupted")
    finally:
        rest.end()
        _finish(settings, stack, source, console)
        rest.join(_ENDS_WITHIN_S)
