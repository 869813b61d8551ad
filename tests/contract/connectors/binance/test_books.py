"""The book connectors on recorded markets, with every fault of a feed.

What they publish is compared with a rebuild that shares no code with them: the recorded frames, in
plain decimals, by the exchange's own procedure.
"""

import gzip
import json
import subprocess
import sys
import time
import urllib.request
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from connectors.binance.books import BooksConnector, SpotBooksConnector, UsdmBooksConnector
from connectors.connect.clock import SystemClock
from connectors.connect.contract import SourceRecord
from connectors.connect.worker_config import parse_connector
from market.books.timeline import BOUNDARY_MS
from market.dictionary.topics import TOPICS
from tests.integration.connectors.worker_process import ROOT, free_port
from tests.support.connector_doubles import context
from tests.support.simulated_exchange import CAPTURES, needs_captures

pytestmark = [needs_captures, pytest.mark.timeout(180)]

SPEED, SLOW = 40, 10
"""Times real time: as fast as a test may be, and slow enough for the real seconds of an overlap."""
LEVELS = 20
WAIT_S = 90
Value = Mapping[str, Any]


@dataclass(frozen=True)
class Recording:
    """One recorded market and the connector that reads it."""

    connector: type[BooksConnector]
    market: str
    file: str
    stream: str
    category: str = ""

    @property
    def speed(self) -> str:
        return self.stream.rpartition("@")[2]

    def fault(self, kind: str, **fields: object) -> dict[str, object]:
        return {"kind": kind, "stream": self.category + self.stream, **fields}


SPOT = Recording(
    SpotBooksConnector, "binance-spot", "spot_btcusdt_20240808.gz", "btcusdt@depth@100ms"
)
USDM = Recording(
    UsdmBooksConnector,
    "binance-usdm",
    "usdm_btcusdt_20240808.gz",
    "btcusdt@depth@0ms",
    "public/",
)
MARKETS = pytest.mark.parametrize("recording", [SPOT, USDM], ids=["spot", "usdm"])


@dataclass
class Rebuilt:
    """Best levels by update id, and the best prices that the exchange published by update id."""

    levels: dict[int, tuple[list[Any], list[Any]]] = field(default_factory=dict)
    tickers: dict[int, tuple[Decimal, ...]] = field(default_factory=dict)


@dataclass
class PlainSide:
    """Prices in ascending order, and the size at each."""

    prices: list[Decimal] = field(default_factory=list)
    sizes: dict[Decimal, Decimal] = field(default_factory=dict)

    def change(self, levels: list[list[str]]) -> None:
        for price, size in ((Decimal(price), Decimal(size)) for price, size in levels):
            if price in self.sizes:
                del self.prices[bisect_left(self.prices, price)], self.sizes[price]
            if size:
                insort(self.prices, price)
                self.sizes[price] = size

    def best(self, prices: list[Decimal]) -> list[tuple[Decimal, Decimal]]:
        return [(price, self.sizes[price]) for price in prices]


@lru_cache
def rebuilt(recording: Recording) -> Rebuilt:
    """Apply the recorded snapshot and every diff after it."""
    result, early = Rebuilt(), list[Any]()
    bids, asks = PlainSide(), PlainSide()

    def apply(diff: Any) -> None:
        bids.change(diff["b"])
        asks.change(diff["a"])
        best_bids = bids.best(bids.prices[: -LEVELS - 1 : -1])
        result.levels[diff["u"]] = best_bids, asks.best(asks.prices[:LEVELS])

    with gzip.open(CAPTURES / recording.file) as lines:
        for line in lines:
            frame = json.loads(line.partition(b" ")[2])
            data = frame.get("data", frame)
            if "lastUpdateId" in data:
                bids.change(data["bids"])
                asks.change(data["asks"])
                for diff in early:
                    if diff["u"] > data["lastUpdateId"]:
                        apply(diff)
            elif "U" in data:
                apply(data) if bids.prices else early.append(data)
            elif "B" in data:
                result.tickers[data["u"]] = tuple(Decimal(data[key]) for key in "bBaA")
    return result


@dataclass
class Replay:
    """A task on a simulator, and everything that it returned."""

    url: str
    records: list[SourceRecord] = field(default_factory=list)

    def of(self, topic: str) -> list[Value]:
        return [record.value for record in self.records if record.topic.startswith(topic)]

    @property
    def tops(self) -> list[Value]:
        return [value for value in self.of("book_tops") if value["kind"] == "top"]

    @property
    def _followed(self) -> list[Value]:
        """What was told until the last diff, and what came after it but the exchange's silence.

        A recording may end with best prices that are ahead of its last diff: the book is then lost,
        and a snapshot may show the same update once more.
        """
        ids = [
            record.value["last_update_id"] if record.value.get("kind") == "top" else None
            for record in self.records
        ]
        newest = next((each for each in reversed(ids) if each is not None), None)
        last = len(ids) if newest is None else ids.index(newest)
        values = [record.value for record in self.records]
        afterwards = takewhile(lambda value: not value.get("reason"), values[last + 1 :])
        found_again = [value for value in afterwards if value.get("event") == "resync_ended"]
        return values[: last + 1] + found_again

    @property
    def losses(self) -> list[str]:
        rows = (value for value in self._followed if value.get("kind") == "unsynced")
        return [value["reason"] for value in rows if value.get("reason")]

    @property
    def events(self) -> list[str]:
        return [value["event"] for value in self._followed if "event" in value]

    @property
    def is_known(self) -> bool:
        """True when the book was lost and found again."""
        events = [value["event"] for value in self.of("feed_events")]
        begun, ended = events.count("resync_begun"), events.count("resync_ended")
        return 0 < begun == ended

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as response:
            return json.load(response)


@contextmanager
def simulator(
    recording: Recording, faults: list[dict[str, object]], speed: int, log: Path
) -> Iterator[Replay]:
    port = free_port()
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--speed", str(speed)]
    command += ["--capture", str(CAPTURES / recording.file)]
    command += [part for fault in faults for part in ("--fault", json.dumps(fault))]
    replay = Replay(f"http://127.0.0.1:{port}")
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait(lambda: answers(replay))
        yield replay
    finally:
        process.terminate()
        process.wait(10)


def answers(replay: Replay) -> bool:
    try:
        replay.get("/control/status")
    except OSError:
        return False
    return True


def wait(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.1)


def play(
    recording: Recording,
    log: Path,
    *faults: dict[str, object],
    until: Callable[[Replay], bool] | None = None,
    speed: int = SPEED,
    **config: object,
) -> Replay:
    """Play a recording through a task until its end, or until enough is seen."""
    with simulator(recording, list(faults), speed, log) as replay:
        connector = recording.connector()
        given = {
            "connector.class": "connectors.binance.books",
            "exchange": "simulator",
            "simulator.url": replay.url,
            "symbols": "BTCUSDT",
            "depth.speed": recording.speed,
            "audit.interval.ms": 1_000,
        }
        settings = parse_connector("books", connector.keys, given | config)
        (share,) = connector.task_settings(settings, 1)
        task = connector.task_class()
        task.start(share, context(SystemClock()))
        try:
            _poll(replay, task.poll, until)
        finally:
            task.stop()
    return replay


def _poll(
    replay: Replay,
    poll: Callable[[float], list[SourceRecord]],
    until: Callable[[Replay], bool] | None,
) -> None:
    end_s, look_s, last_s = time.monotonic() + WAIT_S, 0.0, float("inf")
    while time.monotonic() < last_s:
        assert time.monotonic() < end_s, f"gave up: {replay.events}"
        replay.records += poll(0.05)
        if until is not None and until(replay):
            return
        if time.monotonic() >= look_s:
            look_s = time.monotonic() + 0.5
            if last_s == float("inf") and replay.get("/control/status")["finished"]:
                last_s = time.monotonic() + 2  # a second of silence is proven by REST


def best_of(value: Value) -> tuple[Decimal, ...]:
    names = ("bid_price", "bid_size", "ask_price", "ask_size")
    return tuple(Decimal(value[name]) for name in names)


def assert_published_as_rebuilt(replay: Replay, recording: Recording) -> None:
    """Compare every top and every snapshot with the rebuild, and tops with the best prices."""
    expected, compared = rebuilt(recording), 0
    for value in replay.tops:
        levels = expected.levels.get(value["last_update_id"])
        if levels is None:
            continue  # only the snapshot itself has that id
        bids, asks = levels
        assert best_of(value) == (*bids[0], *asks[0])
        for side, best in (("bid", bids), ("ask", asks)):
            assert Decimal(value[f"{side}_size_sum_5"]) == sum(size for _, size in best[:5])
            assert Decimal(value[f"{side}_size_sum_20"]) == sum(size for _, size in best)
        if (ticker := expected.tickers.get(value["last_update_id"])) is not None:
            compared += 1
            assert best_of(value) == ticker
    assert compared > 20
    for value in replay.of("book_snapshots"):
        if (levels := expected.levels.get(value["last_update_id"])) is not None:
            for side, best in zip(("bid", "ask"), levels, strict=True):
                shown = zip(value[f"{side}_prices"], value[f"{side}_sizes"], strict=True)
                assert [(Decimal(price), Decimal(size)) for price, size in shown] == best
    assert_told_in_order(replay)


def assert_told_in_order(replay: Replay) -> None:
    """Every second has its record, sequences have no gap, no heartbeat is contradicted."""
    rows = [value for value in replay.of("book_tops") if value["kind"] != "heartbeat"]
    sequences = [value["book_sequence"] for value in rows]
    assert sequences == list(range(1, len(rows) + 1))
    times = {value["event_time_ms"] for value in rows}
    first = min(times) // BOUNDARY_MS + 1
    assert all(s * BOUNDARY_MS in times for s in range(first, max(times) // BOUNDARY_MS + 1))
    vouched = 0
    for value in replay.of("book_tops"):
        if value["kind"] == "heartbeat":
            vouched = max(vouched, value["event_time_ms"])
        elif value["kind"] == "top":
            assert value["event_time_ms"] >= vouched


@MARKETS
def test_a_recorded_market_is_published_as_it_was(recording: Recording, tmp_path: Path) -> None:
    replay = play(recording, tmp_path / "log")
    assert_published_as_rebuilt(replay, recording)
    assert replay.losses == []
    assert "book_audited" in replay.events
    assert set(replay.events) == {"connected", "book_audited"}
    assert len(replay.tops) > len(rebuilt(recording).levels) / 2
    for record in replay.records:
        assert set(record.value) <= {each.name for each in TOPICS[record.topic].fields}


@MARKETS
def test_lost_and_garbled_diffs_cost_a_resync_each_and_nothing_else(
    recording: Recording, tmp_path: Path
) -> None:
    replay = play(
        recording,
        tmp_path / "log",
        recording.fault("drop", count=2, after_frames=300),
        recording.fault("duplicate", count=3, after_frames=400),
        recording.fault("reorder", count=1, after_frames=500),
        recording.fault("corrupt", count=1, after_frames=600),
        until=lambda replay: bool(replay.of("dead_letters")) and replay.is_known,
        speed=SLOW,
    )
    assert_published_as_rebuilt(replay, recording)
    # On a busy machine one snapshot may come late enough to end two of them.
    assert set(replay.losses) == {"gap"}
    assert len(replay.losses) <= 3
    assert replay.events.count("resync_begun") == replay.events.count("resync_ended")
    assert len(replay.of("dead_letters")) == 1


@MARKETS
def test_snapshots_that_are_old_slow_or_refused_only_delay_the_book(
    recording: Recording, tmp_path: Path
) -> None:
    depth = "fapi/depth" if recording is USDM else "depth"
    refusal = {"kind": "rest_error", "endpoint": depth, "status": 429, "retry_after_seconds": 1}
    replay = play(
        recording,
        tmp_path / "log",
        refusal,
        {"kind": "stale_snapshot", "endpoint": depth, "count": 1, "after_frames": 350},
        {"kind": "slow_snapshot", "endpoint": depth, "count": 1, "seconds": 1},
        until=lambda replay: len(replay.tops) > 500,
        speed=SLOW,
    )
    assert_published_as_rebuilt(replay, recording)
    assert "rate_limited" in replay.events
    assert replay.losses == []


@MARKETS
def test_a_ban_is_obeyed(recording: Recording, tmp_path: Path) -> None:
    depth = "fapi/depth" if recording is USDM else "depth"
    ban = {"kind": "rest_error", "endpoint": depth, "status": 418, "retry_after_seconds": 3}
    began_s = time.monotonic()
    replay = play(recording, tmp_path / "log", ban, until=lambda replay: bool(replay.tops))
    assert time.monotonic() - began_s > 3
    (limited,) = (v for v in replay.of("feed_events") if v["event"] == "rate_limited")
    assert "no request for 3 s: HTTP 418" in limited["detail"]


@MARKETS
def test_a_cut_connection_makes_the_book_unknown_until_it_is_back(
    recording: Recording, tmp_path: Path
) -> None:
    cut = {"kind": "cut", "seconds": 0.3, "after_frames": 10_000}
    replay = play(
        recording, tmp_path / "log", cut, until=lambda replay: replay.is_known, speed=SLOW
    )
    assert_published_as_rebuilt(replay, recording)
    assert replay.losses == ["disconnected"]
    assert replay.events.count("connected") == 2
    assert [e for e in replay.events if e.startswith("resync")] == ["resync_begun", "resync_ended"]


@MARKETS
def test_a_replaced_connection_costs_nothing(recording: Recording, tmp_path: Path) -> None:
    replay = play(
        recording,
        tmp_path / "log",
        until=lambda replay: "rotated" in replay.events,
        speed=SLOW,
        **{"connection.lifetime.ms": 2_000},
    )
    assert_published_as_rebuilt(replay, recording)
    assert replay.losses == []
    (rotated,) = (v["detail"] for v in replay.of("feed_events") if v["event"] == "rotated")
    assert rotated.endswith("and 0 different")
    assert " 0 were equal" not in rotated


def test_a_server_shutdown_is_answered_with_a_replacement(tmp_path: Path) -> None:
    replay = play(
        SPOT,
        tmp_path / "log",
        {"kind": "shutdown", "lead_seconds": 20, "after_frames": 2_000},
        until=lambda replay: "rotated" in replay.events,
        speed=SLOW,
    )
    assert "server_shutdown" in replay.events
    assert replay.losses == []


def test_silent_diffs_make_the_book_unknown_and_replace_the_connection(tmp_path: Path) -> None:
    replay = play(
        USDM,
        tmp_path / "log",
        USDM.fault("silence", seconds=60, after_frames=1_000),
        until=lambda replay: "resync_ended" in replay.events,
    )
    assert replay.losses == ["unproven", "silent"]
    assert "stream_silent" in replay.events


@MARKETS
def test_diffs_are_published_as_received_when_asked_for(
    recording: Recording, tmp_path: Path
) -> None:
    replay = play(
        recording,
        tmp_path / "log",
        until=lambda replay: len(replay.of("depth_diffs")) > 50,
        **{"publish.depth.diffs": "true"},
    )
    with gzip.open(CAPTURES / recording.file) as lines:
        frames = [json.loads(line.partition(b" ")[2]).get("data", {}) for line in lines]
    by_id = {frame["u"]: frame for frame in frames if "U" in frame}
    for value in replay.of("depth_diffs"):
        frame = by_id[value["last_update_id"]]
        assert value["first_update_id"] == frame["U"]
        assert value.get("previous_update_id") == frame.get("pu")
        assert [*zip(value["bid_prices"], value["bid_sizes"], strict=True)] == [
            tuple(level) for level in frame["b"]
        ]
