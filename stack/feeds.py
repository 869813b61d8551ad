"""Where trades and books come from: the simulator and the connectors as supervised programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from connectors.connect.errors import ExitCode
from connectors.exchanges import sources_of
from connectors.feeds.exchange import Source
from market.errors import TidemarkError
from stack.program import Program
from stack.settings import LOOPBACK, Settings

TRADES_MARKET = "binance-spot"
"""Whose trades a feed follows."""

_STATUS_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class SimulatorStatus:
    """The progress of a simulated exchange.

    Attributes:
        sent: frames that happened, of `total`; the synthetic market has no total.
        clock_ms: the exchange's time, epoch milliseconds.
    """

    finished: bool
    sent: int
    total: int | None
    clock_ms: int


def simulator_program(name: str, settings: Settings, port: int, options: Sequence[str]) -> Program:
    """Return the simulator as a program; `options` choose its market and speed."""
    argv = (sys.executable, "-m", "simulator", "--host", LOOPBACK, "--port", str(port), *options)
    return Program(name, argv, directory=settings.root)


def simulator_status(port: int) -> SimulatorStatus | None:
    """Return the progress of the simulator on a port, or None while it does not answer."""
    try:
        answer = requests.get(f"http://{LOOPBACK}:{port}/control/status", timeout=_STATUS_TIMEOUT_S)
        status = answer.json()
    except (requests.RequestException, ValueError):
        return None
    position = status["position"]
    return SimulatorStatus(
        status["finished"],
        position["frames_sent"],
        position["frames_total"],
        status["clock_ms"],
    )


@dataclass(frozen=True, slots=True)
class Feed:
    """What the connectors must fetch.

    Attributes:
        exchange: ``live`` or ``simulator``.
        symbols: whose spot trades are fetched, upper case.
        simulator_port: used when `exchange` is ``simulator``.
        rest_port: of the connector's own status page; 0 takes any free one.
        options: further keys of the trade connector's configuration.
        books: symbols by market whose books are fetched.
        book_options: by market, further keys of its book connector's configuration.
    """

    exchange: str
    symbols: Sequence[str]
    simulator_port: int
    rest_port: int
    options: Mapping[str, str] = field(default_factory=dict)
    books: Mapping[str, Sequence[str]] = field(default_factory=dict)
    book_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def connector_program(name: str, settings: Settings, feed: Feed) -> Program:
    """Write the connectors' configurations and return their common worker as a program.

    After a permanent failure it is not restarted: two workers of one group would otherwise fence
    each other in turn.

    Raises:
        TidemarkError: the feed has no symbols, or books of a market without a connector.
    """
    sources = _sources(feed)
    if not sources:
        raise TidemarkError(
            f"connector {name}: expected symbols to fetch from {feed.exchange}, found none"
        )
    folder = settings.home / "connectors" / name
    worker = _write(folder / "worker.json", _worker_config(settings, feed))
    files = [_write(folder / f"{source['name']}.json", source) for source in sources]
    argv = (sys.executable, "-m", "connectors", "--worker", str(worker), *map(str, files))
    return Program(name, argv, directory=settings.root, final_exit_codes=(ExitCode.FAILED,))


def _worker_config(settings: Settings, feed: Feed) -> dict[str, Any]:
    return {
        "bootstrap.servers": settings.kafka.bootstrap_servers,
        "group.id": settings.namespace.job("connectors"),
        "namespace": settings.namespace.prefix,
        "rest.port": str(feed.rest_port),
    }


def _sources(feed: Feed) -> list[dict[str, Any]]:
    """Return the connectors' configurations."""
    sources = []
    of_books = sources_of("book_tops")
    for market, symbols in feed.books.items():
        if market not in of_books:
            known = ", ".join(of_books)
            raise TidemarkError(f"books: expected a market of {known}, found {market!r}")
        if symbols:
            options = feed.book_options.get(market, {})
            name = f"{market}-books"
            sources.append(_source(name, of_books[market], feed, symbols, options))
    if feed.symbols:
        of_trades = sources_of("trades")[TRADES_MARKET]
        sources.append(_source(TRADES_MARKET, of_trades, feed, feed.symbols, feed.options))
    return sources


def _source(
    name: str,
    source: Source,
    feed: Feed,
    symbols: Sequence[str],
    options: Mapping[str, str],
) -> dict[str, Any]:
    config = {
        "connector.class": source.connector_class,
        "tasks.max": "1",
        "exchange": feed.exchange,
        "symbols": ",".join(symbols),
        "errors.tolerance": "all",
        **options,
    }
    if feed.exchange == "simulator":
        config["simulator.url"] = f"http://{LOOPBACK}:{feed.simulator_port}"
    return {"name": name, "config": config}


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path
