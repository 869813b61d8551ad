"""Where trades come from: the simulator and the connector as supervised programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from market.errors import TidemarkError
from tidemark.settings import LOOPBACK, Settings
from tidemark.stack.program import Program

_STATUS_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class SimulatorStatus:
    """Where a simulated exchange stands.

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
    """Return where the simulator on a port stands, or None while it does not answer."""
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
    """What the connector is to fetch.

    Attributes:
        exchange: ``live`` or ``simulator``.
        symbols: upper case.
        simulator_port: used when `exchange` is ``simulator``.
        rest_port: of the connector's own status page; 0 takes any free one.
        options: further keys of the connector's configuration.
    """

    exchange: str
    symbols: Sequence[str]
    simulator_port: int
    rest_port: int
    options: Mapping[str, str] = field(default_factory=dict)


def connector_program(name: str, settings: Settings, feed: Feed) -> Program:
    """Write the connector's configuration and return it as a program.

    Raises:
        TidemarkError: the feed has no symbols.
    """
    if not feed.symbols:
        raise TidemarkError("connector: expected symbols to fetch, found none")
    folder = settings.home / "connectors" / name
    worker = _write(folder / "worker.json", _worker_config(settings, feed))
    source = _write(folder / "binance-spot.json", _source_config(feed))
    argv = (sys.executable, "-m", "connectors", "--worker", str(worker), str(source))
    return Program(name, argv, directory=settings.root)


def _worker_config(settings: Settings, feed: Feed) -> dict[str, Any]:
    return {
        "bootstrap.servers": settings.kafka.bootstrap_servers,
        "group.id": settings.namespace.job("connectors"),
        "namespace": settings.namespace.prefix,
        "rest.port": str(feed.rest_port),
    }


def _source_config(feed: Feed) -> dict[str, Any]:
    config = {
        "connector.class": "connectors.binance.spot.SpotTradesConnector",
        "tasks.max": "1",
        "exchange": feed.exchange,
        "symbols": ",".join(feed.symbols),
        "errors.tolerance": "all",
        **feed.options,
    }
    if feed.exchange == "simulator":
        config["simulator.url"] = f"http://{LOOPBACK}:{feed.simulator_port}"
    return {"name": "binance-spot", "config": config}


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path
