"""How a job with other statements goes on: from which offsets, and behind which windows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.binance.books import SpotBooksConnector, UsdmBooksConnector
from connectors.binance.spot import SpotTradesConnector
from connectors.connect.contract import Connector
from flink_jobs.statements import Statements
from market.dictionary.names import Namespace
from market.dictionary.schemas import MARKET_PARTITIONS
from market.dictionary.tables import table
from stack.jobs.published import LEAD_MS, WRITTEN_AHEAD_MS, published_ends
from stack.jobs.takeover import Plan, StoppedJob
from tests.unit.stack.jobs.broker import Broker
from tests.unit.stack.jobs.test_savepoints import savepoint, split

MINUTE_MS = 60_000
OPEN_MS = 1_700_000_040_000
"""Where the minute that is open begins."""
SPOT, USDM = "binance-spot", "binance-usdm"
BOOKS = f"book_tops.{SPOT}"
TABLES = (table("candles_1s"), table("candles_1m"))
JOB = Statements("", frozenset({BOOKS}), frozenset({"feed_events"}), TABLES, frozenset())


@pytest.fixture
def broker() -> Broker:
    return Broker()


def publish(
    broker: Broker,
    name: str,
    end_ms: int,
    *,
    market: str = SPOT,
    partition: int = 0,
    at_ms: int = 0,
) -> None:
    end = datetime.fromtimestamp(end_ms / 1_000, UTC).isoformat().replace("+00:00", "Z")
    broker.write(name, partition, {"market": market, "window_end": end}, at_ms)


def ends(
    broker: Broker, since_ms: int = 0, markets: frozenset[str] = frozenset({SPOT, USDM})
) -> dict[str, dict[str, int]]:
    consumer: Any = broker
    return published_ends(consumer, Namespace(), TABLES, markets, since_ms)


def plan(broker: Broker, stopped: dict[int, int], job: Statements = JOB) -> Plan:
    """Return the plan of a job that stopped at these offsets of its books."""
    splits = [split(BOOKS, partition, offset) for partition, offset in stopped.items()]
    consumer: Any = broker
    content = savepoint(*splits, split("feed_events", 0, 17))
    return StoppedJob(consumer, Namespace(), content, since_ms=0).plan(job, "ab12")


def write_books(broker: Broker, partition: int, minutes: int) -> dict[int, int]:
    """Write a heartbeat each minute up to the open one, and a record after it; return offsets.

    Each is written at its own time, as while nobody has to catch up.
    """
    offsets = {}
    for number in range(minutes, -1, -1):
        time_ms = OPEN_MS - number * MINUTE_MS
        beat = {"kind": "heartbeat", "event_time_ms": time_ms}
        offsets[time_ms] = broker.write(BOOKS, partition, beat, time_ms)
        top = {"kind": "top", "event_time_ms": time_ms + 5}
        broker.write(BOOKS, partition, top, time_ms + 5)
    return offsets


def test_the_newest_end_of_any_partition_counts_for_each_market(broker: Broker) -> None:
    publish(broker, "candles_1s", OPEN_MS + 4_000)
    publish(broker, "candles_1s", OPEN_MS + 5_000, partition=2)
    publish(broker, "candles_1s", OPEN_MS + 3_000)
    publish(broker, "candles_1s", OPEN_MS - 9_000, market=USDM)
    publish(broker, "candles_1m", OPEN_MS)
    publish(broker, "candles_1m", OPEN_MS - MINUTE_MS, market=USDM)
    assert ends(broker) == {
        "candles_1s": {SPOT: OPEN_MS + 5_000, USDM: OPEN_MS - 9_000},
        "candles_1m": {SPOT: OPEN_MS, USDM: OPEN_MS - MINUTE_MS},
    }


def test_the_windows_of_a_market_that_has_been_silent_for_hours_count(broker: Broker) -> None:
    for number in range(200):
        end_ms = OPEN_MS + number * MINUTE_MS
        for market in (SPOT, USDM) if number < 30 else (SPOT,):
            publish(broker, "candles_1m", end_ms, market=market, at_ms=end_ms)
            publish(broker, "candles_1s", end_ms - 1_000, market=market, at_ms=end_ms)
    silent_ms, newest_ms = OPEN_MS + 29 * MINUTE_MS, OPEN_MS + 199 * MINUTE_MS
    assert ends(broker) == {
        "candles_1s": {SPOT: newest_ms - 1_000, USDM: silent_ms - 1_000},
        "candles_1m": {SPOT: newest_ms, USDM: silent_ms},
    }


def test_what_an_earlier_life_of_the_job_has_published_does_not_count(broker: Broker) -> None:
    publish(broker, "candles_1s", OPEN_MS + 9_000, at_ms=1_000)
    publish(broker, "candles_1s", OPEN_MS + 5_000, at_ms=2_000)
    assert ends(broker, since_ms=1_500)["candles_1s"] == {SPOT: OPEN_MS + 5_000}


def test_a_table_that_is_new_publishes_from_before_the_window_that_is_open(broker: Broker) -> None:
    publish(broker, "candles_1s", OPEN_MS + 5_000)
    assert ends(broker)["candles_1m"] == {SPOT: OPEN_MS - LEAD_MS}


def test_a_job_that_has_published_nothing_reads_everything_again(broker: Broker) -> None:
    stopped = {n: 2 * len(write_books(broker, n, 30)) for n in range(MARKET_PARTITIONS)}
    made = plan(broker, stopped)
    assert made.takeover.published == {"candles_1s": {}, "candles_1m": {}}
    assert made.takeover.offsets[BOOKS] == dict.fromkeys(stopped, 0)


def test_open_windows_are_read_again_from_a_heartbeat_well_before_them(broker: Broker) -> None:
    beats = [write_books(broker, n, 30 + n) for n in range(MARKET_PARTITIONS)]
    publish(broker, "candles_1s", OPEN_MS + 5_000)
    publish(broker, "candles_1m", OPEN_MS)
    made = plan(broker, {n: 2 * len(one) for n, one in enumerate(beats)})
    starts = {n: one[OPEN_MS - LEAD_MS - WRITTEN_AHEAD_MS] for n, one in enumerate(beats)}
    assert made.takeover.offsets[BOOKS] == starts
    assert made.read_again == sum(2 * len(one) - starts[n] for n, one in enumerate(beats))


def test_what_a_symbol_was_ahead_by_while_another_caught_up_is_read_again(broker: Broker) -> None:
    """After an outage the quiet one is ahead by all its length before the other's heartbeats."""
    publish(broker, "candles_1m", OPEN_MS + 40 * MINUTE_MS)
    for number in range(MARKET_PARTITIONS):
        write_books(broker, number, 30)
    ahead = {"kind": "top", "event_time_ms": OPEN_MS + 60 * MINUTE_MS}
    offset = broker.write(BOOKS, 1, ahead, OPEN_MS + 60 * MINUTE_MS)
    for number, minutes in enumerate((17, 34, 50), 1):
        beat = {"kind": "heartbeat", "event_time_ms": OPEN_MS + minutes * MINUTE_MS}
        broker.write(BOOKS, 1, beat, OPEN_MS + 60 * MINUTE_MS + 20_000 * number)
    made = plan(broker, dict.fromkeys(range(MARKET_PARTITIONS), offset + 4))
    assert made.takeover.offsets[BOOKS][1] <= offset


def test_what_a_symbol_was_ahead_by_is_read_again_however_long_the_others_could_not_catch_up(
    broker: Broker,
) -> None:
    """All connections are down for twenty minutes while one symbol is an hour ahead."""
    publish(broker, "candles_1m", OPEN_MS + 59 * MINUTE_MS)
    for number in range(MARKET_PARTITIONS):
        write_books(broker, number, 30)
    ahead = {"kind": "top", "event_time_ms": OPEN_MS + 60 * MINUTE_MS}
    offset = broker.write(BOOKS, 1, ahead, OPEN_MS + 60 * MINUTE_MS)
    for written, reached in ((80, 0), (81, 0), (82, 30), (83, 50), (84, 59)):
        beat = {"kind": "heartbeat", "event_time_ms": OPEN_MS + reached * MINUTE_MS}
        broker.write(BOOKS, 1, beat, OPEN_MS + written * MINUTE_MS)
    made = plan(broker, dict.fromkeys(range(MARKET_PARTITIONS), offset + 6))
    assert made.takeover.offsets[BOOKS][1] <= offset


def test_what_a_symbol_was_ahead_by_is_read_again_although_our_clock_is_hours_behind(
    broker: Broker,
) -> None:
    wrong_ms = 120 * MINUTE_MS
    publish(broker, "candles_1m", OPEN_MS + 40 * MINUTE_MS)
    ahead = {"kind": "top", "event_time_ms": OPEN_MS + 60 * MINUTE_MS}
    for number in range(MARKET_PARTITIONS):
        beat = {"kind": "heartbeat", "event_time_ms": OPEN_MS}
        broker.write(BOOKS, number, beat, OPEN_MS - wrong_ms)
    offset = broker.write(BOOKS, 1, ahead, OPEN_MS + 60 * MINUTE_MS - wrong_ms)
    for number, minutes in enumerate((17, 34, 50), 1):
        beat = {"kind": "heartbeat", "event_time_ms": OPEN_MS + minutes * MINUTE_MS}
        written_ms = OPEN_MS + 60 * MINUTE_MS + 20_000 * number - wrong_ms
        broker.write(BOOKS, 1, beat, written_ms)
    made = plan(broker, dict.fromkeys(range(MARKET_PARTITIONS), offset + 4))
    assert made.takeover.offsets[BOOKS][1] <= offset


def test_nothing_behind_the_savepoint_is_searched(broker: Broker) -> None:
    beats = [write_books(broker, n, 30) for n in range(MARKET_PARTITIONS)]
    publish(broker, "candles_1m", OPEN_MS)
    stopped = dict.fromkeys(range(MARKET_PARTITIONS), 3)
    made = plan(broker, stopped)
    assert all(one[OPEN_MS - LEAD_MS] > 3 for one in beats)
    assert made.takeover.offsets[BOOKS] == dict.fromkeys(stopped, 0)


def test_records_that_are_passed_on_continue_at_the_savepoint(broker: Broker) -> None:
    stopped = {n: 2 * len(write_books(broker, n, 30)) for n in range(MARKET_PARTITIONS)}
    job = replace(JOB, windowed=frozenset(), others=frozenset({BOOKS, "feed_events"}), results=())
    made = plan(broker, stopped, job)
    assert made.takeover.offsets == {BOOKS: stopped, "feed_events": {0: 17}}
    assert made.read_again == 0


def test_a_topic_that_was_not_read_before_is_left_to_be_read_from_its_beginning(
    broker: Broker,
) -> None:
    stopped = {n: 2 * len(write_books(broker, n, 30)) for n in range(MARKET_PARTITIONS)}
    job = replace(JOB, others=frozenset({"feed_events", "dead_letters"}))
    assert plan(broker, stopped, job).takeover.offsets.keys() == {BOOKS, "feed_events"}


def test_windows_whose_beginning_was_deleted_are_not_published(broker: Broker) -> None:
    beats = [write_books(broker, n, 30) for n in range(MARKET_PARTITIONS)]
    publish(broker, "candles_1m", OPEN_MS - 20 * MINUTE_MS)
    kept_ms = OPEN_MS - 15 * MINUTE_MS
    broker.delete_before(BOOKS, 2, beats[2][kept_ms])
    made = plan(broker, {n: 2 * len(one) for n, one in enumerate(beats)})
    assert made.takeover.offsets[BOOKS][2] == beats[2][kept_ms]
    assert made.takeover.published["candles_1m"] == {SPOT: kept_ms + LEAD_MS}


@pytest.mark.parametrize("connector", [SpotTradesConnector, SpotBooksConnector, UsdmBooksConnector])
def test_no_connector_may_hold_a_symbol_for_as_long_as_records_are_read_again(
    connector: type[Connector],
) -> None:
    (key,) = (key for key in connector().keys if key.name == "hold.max.ms")
    assert key.maximum is not None
    assert key.maximum <= LEAD_MS / 2
