"""Part `connector`: messages of one connector process, beside a plain book of dicts.

The same recorded frames, repeated with ids and times that go on: (a) from decoding to records,
(b) into Kafka, here in transactions and there without, (c) through a socket from a simulator as
fast as it is read. The aim is 10,000 messages a second with exactly-once.

cryptofeed is no peer: its exchange addresses and its checks of them are part of its classes, so it
cannot be pointed at a local exchange without patching it.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka.admin import KafkaAdminClient

from benchmarks.book.exchange import exchange
from benchmarks.book.outcome import Outcome
from benchmarks.book.prepared import Prepared
from benchmarks.book.programs import BENCH, PROJECT, Programs, bench_settings, running
from benchmarks.book.recording import CAPTURES, Recording
from benchmarks.book.report import Report, say
from connectors.connect.topics import ensure_topics
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, TOPICS
from stack.settings import Settings

MARKETS = ("spot", "usdm")
_SPEED = {"spot": "100ms", "usdm": "0ms"}
_HEAD = ("", "frames/s", "CPU us/frame", "records/s", "rate / peer", "CPU / peer")


@dataclass(frozen=True, slots=True)
class Contest:
    """One input, and where the outcomes go."""

    market: str
    content: str
    prepared: Prepared
    programs: Programs
    report: Report

    def add(self, name: str, run: Outcome, peer: Outcome) -> None:
        """Add a run to the report."""
        steady, other = run.measured.steady, peer.measured.steady
        share = steady.records_per_s / run.measured.whole.records
        kinds = ("top", "levels", "book_snapshots", "heartbeat", "committed", "unsynced")
        records = sum(run.records.get(kind, 0) for kind in kinds)
        self.report.add(
            (
                f"{self.market} {self.content}: {name}",
                f"{steady.records_per_s:,.0f}",
                f"{steady.cpu_us_per_record:.1f}",
                f"{records * share:,.0f}",
                f"{steady.records_per_s / other.records_per_s:.2f}",
                f"{steady.cpu_us_per_record / other.cpu_us_per_record:.2f}",
            ),
            {"records": run.records, "whole": run.measured.as_json()["whole"]},
        )

    def peer(self, name: str, *broker: str) -> Outcome:
        """Run the plain book."""
        path = str(self.prepared.path)
        run = Outcome.parse(self.programs.run(BENCH, "peer_book", path, *broker))
        self.add(f"{name}, plain dict book", run, run)
        return run

    def candidate(self, name: str, peer: Outcome, *broker: str) -> None:
        """Run the connector."""
        path = str(self.prepared.path)
        text = self.programs.run(PROJECT, "connector_process", self.market, path, *broker)
        self.add(f"{name}, connector", Outcome.parse(text), peer)


def _files(market: str) -> list[str]:
    return [
        part
        for path in sorted(CAPTURES.glob(f"{market}_*.gz"))
        for part in ("--capture", str(path))
    ]


def _through_socket(contest: Contest, root: Path, peer: Outcome) -> None:
    options = ("--speed", "max", "--market", contest.market)
    with exchange(root, *options, *_files(contest.market)) as found:
        arguments = (contest.market, found.url, _SPEED[contest.market])
        text = contest.programs.run(PROJECT, "socket_process", *arguments)
    contest.add("(c) socket, connector", Outcome.parse(text), peer)


def _measure(contest: Contest, settings: Settings, *, with_socket: bool) -> None:
    plain = contest.peer("(a) decode to records")
    contest.candidate("(a) decode to records", plain)
    broker, namespace = settings.kafka.bootstrap_servers, settings.namespace
    tops = namespace.topic(BOOK_TOPS[f"binance-{contest.market}"].name)
    sent = contest.peer("(b) to Kafka", broker, tops, namespace.topic(BOOK_SNAPSHOTS.name))
    name = f"books-{contest.market}-{contest.content}".replace(" ", "-")
    contest.candidate("(b) to Kafka", sent, broker, namespace.prefix, name)
    if with_socket:
        _through_socket(contest, settings.root, plain)


@contextmanager
def _topics(settings: Settings) -> Iterator[None]:
    """The topics of the run's namespace, which are removed afterwards."""
    created = ensure_topics(settings.kafka.bootstrap_servers, TOPICS.values(), settings.namespace)
    try:
        yield
    finally:
        admin = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
        admin.delete_topics(list(created))
        admin.close()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--passes", type=int, default=5, help="repetitions of the recording")
    parser.add_argument("--market", choices=(*MARKETS, "all"), default="all")


def run(options: argparse.Namespace) -> None:
    """Measure and report."""
    settings = bench_settings()
    report = Report("connector", _HEAD, {"passes": options.passes})
    folder = settings.root / "build" / "bench" / "frames"
    with running(settings, ("kafka",)), _topics(settings):
        for market in MARKETS if options.market == "all" else (options.market,):
            for diffs_only in (False, True):
                content = "diffs only" if diffs_only else "mixed"
                recording = Recording.read(market, diffs_only=diffs_only)
                path = folder / f"{market}.frames"
                prepared = Prepared.write(recording, options.passes, path)
                say(f"{market} {content}: {prepared.frames:,} frames, {prepared.diffs:,} diffs")
                contest = Contest(market, content, prepared, Programs(settings.root), report)
                _measure(contest, settings, with_socket=not diffs_only)
    report.write(settings.root)
