"""Part `latency`: from the exchange's sending of a diff to the newest quote in MongoDB.

A synthetic market in real time, whose clock is the machine's; the shipped worker with books, trades
and transactions, Kafka, job `liquidity`. Documents are read by their key a hundred times a second;
what counts is the first sight of a change, against the exchange's time of it. The peer reads the
same topic, after the job has ended: neither takes the machine from the other.

For minutes after its start the job is held up by compilers, which is told by the history that the
JSON keeps; the percentiles are those of a job that runs.
"""

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient

from benchmarks import BenchmarkError
from benchmarks.book.exchange import Exchange, exchange
from benchmarks.book.job import SERVICES, pipeline_of
from benchmarks.book.liquidity_job import JOB
from benchmarks.book.programs import PROJECT, Companion, Programs, bench_settings, beside, running
from benchmarks.book.report import Report, say
from benchmarks.book.seen import Seen
from benchmarks.book.tasks import CONNECTORS
from benchmarks.book.tops import MARKET, TOPIC
from benchmarks.running_job import await_running, cancel
from connectors.binance.spot import SpotTradesConnector
from connectors.connect.contract import Connector
from stack import pipeline
from stack.jobs import control
from stack.settings import Settings

_CONNECTORS: dict[str, type[Connector]] = {
    "books": CONNECTORS["spot"],
    "trades": SpotTradesConnector,
}
_PEER = "peer_quotes"
_WORKER_PORT = 39
"""The last of the internal ports: no service has it."""
_HEAD = ("", "changes", "p50 ms", "p90 ms", "p99 ms", "p50 / peer", "p99 / peer")
_ANSWER_S, _START_S = 5.0, 400.0
_PEER_WARM_UP_S = 15.0
"""A plain Python program has no compiler to wait for."""
_PAUSE_S = 0.01
"""Between two looks: the most by which a latency is overstated."""


def _worker(
    settings: Settings, found: Exchange, symbols: str, port: int, interval_ms: int | None
) -> list[str]:
    """Return the command of the shipped worker, after writing its files."""
    folder = settings.root / "build" / "bench"
    worker: dict[str, object] = {"group.id": settings.namespace.prefix, "rest.port": port}
    if interval_ms is not None:
        worker["transaction.interval.ms"] = interval_ms
    files: dict[str, dict[str, object]] = {"worker.json": worker}
    for name, connector in _CONNECTORS.items():
        config = {
            "connector.class": f"{connector.__module__}.{connector.__name__}",
            "exchange": "simulator",
            "simulator.url": found.url,
            "symbols": symbols,
        }
        files[f"{name}.json"] = {"name": name, "config": config}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    paths = [str(folder / name) for name in files]
    return [sys.executable, "-m", "connectors", "--worker", *paths]


def _metric(port: int, name: str, connector: str = "books") -> int:
    url = f"http://127.0.0.1:{port}/connectors/{connector}/status"
    with urllib.request.urlopen(url, timeout=_ANSWER_S) as response:
        status = json.load(response)
    value: int = status["tasks"][0]["metrics"].get(name, 0)
    return value


def _frames(port: int) -> int:
    return sum(_metric(port, "frames_total", connector) for connector in _CONNECTORS)


def _await_books(worker: Companion, port: int, wanted: int) -> None:
    deadline_s = time.monotonic() + _START_S
    live = 0
    while time.monotonic() < deadline_s:
        worker.check()
        try:
            live = _metric(port, "books_live")
        except OSError:
            live = 0
        if live == wanted:
            return
        time.sleep(1.0)
    raise BenchmarkError(f"expected {wanted} live books in {_START_S:.0f} s, found {live}")


def _look(seen: Seen, keys: list[str], seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for key in keys:
            seen.look(key)
        time.sleep(_PAUSE_S)


def _measure(settings: Settings, options: argparse.Namespace, report: Report) -> None:
    root, port = settings.root, settings.ports.internal(_WORKER_PORT)
    market = ("--synthetic", str(options.symbols), "--activity", str(options.activity))
    with exchange(root, *market, "--market", "spot") as found:
        listed = found.get("/api/v3/exchangeInfo")["symbols"]
        symbols = [one["symbol"] for one in listed]
        worker = _worker(settings, found, ",".join(symbols), port, options.transaction_interval_ms)
        with beside(worker, root, settings.job_environment(), "worker.log") as companion:
            _await_books(companion, port, len(symbols))
            with MongoClient[dict[str, Any]](settings.mongodb.uri) as client:
                database = client[settings.namespace.database()]
                watched = [f"{MARKET}|{symbol}" for symbol in symbols[: options.watched]]
                job, peer = Seen(database["latest_quotes"]), Seen(database[_PEER])
                with _job(settings):
                    time.sleep(options.warm_up)
                    report.facts["messages_per_s"] = _watch(job, watched, port, options.seconds)
                with _peer(settings):
                    time.sleep(_PEER_WARM_UP_S)
                    rate = _watch(peer, watched, port, options.seconds)
                    report.facts["messages_per_s_of_peer"] = rate
    _add(report, job, peer)


@contextmanager
def _job(settings: Settings) -> Iterator[None]:
    jar = pipeline.job_jar(settings, JOB)
    job_id = control.submit(settings, JOB, jar, fresh=True).job_id
    try:
        await_running(settings, JOB)
        yield
    finally:
        cancel(settings, JOB, job_id)


@contextmanager
def _peer(settings: Settings) -> Iterator[None]:
    command = Programs(settings.root).command(
        PROJECT,
        "peer_latest",
        settings.kafka.bootstrap_servers,
        settings.namespace.topic(TOPIC),
        settings.mongodb.uri,
        settings.namespace.database(),
        _PEER,
    )
    environment = {"PYTHONPATH": str(settings.root)}
    with beside(command, settings.root, environment, "peer_latest.log"):
        yield


def _watch(seen: Seen, keys: list[str], port: int, seconds: float) -> float:
    """Note latencies; returns the messages a second in that time."""
    frames, began_s = _frames(port), time.monotonic()
    _look(seen, keys, seconds)
    rate = (_frames(port) - frames) / (time.monotonic() - began_s)
    say(f"{rate:,.0f} messages a second")
    return rate


def _add(report: Report, job: Seen, peer: Seen) -> None:
    base = peer.percentiles()
    for name, one in (("job liquidity", job), ("hand-written consumer", peer)):
        found = one.percentiles()
        report.add(
            (
                name,
                f"{len(one.latencies_ms):,}",
                *(f"{latency:,.0f}" for latency in found),
                f"{found[0] / base[0]:.2f}",
                f"{found[2] / base[2]:.2f}",
            ),
            {"changes": len(one.latencies_ms), "p50_p90_p99_ms": found, "seen": one.history},
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--symbols", type=int, default=40)
    parser.add_argument(
        "--activity", type=float, default=4.0, help="of the market; messages depend on the hour too"
    )
    parser.add_argument("--watched", type=int, default=3, help="symbols whose documents are read")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument(
        "--transaction-interval-ms", type=int, help="of the worker; its default when not given"
    )
    parser.add_argument("--warm-up", type=float, default=200.0, help="seconds of the job before")


def run(options: argparse.Namespace) -> None:
    """Measure and report."""
    settings = bench_settings()
    report = Report("latency", _HEAD, vars(options))
    with running(settings, SERVICES), pipeline_of(settings):
        _measure(settings, options, report)
    report.write(settings.root)
