"""What every source connector must keep, whatever its source: run against a fake of the source."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from connectors.binance.spot import SpotTradesConnector
from connectors.connect.contract import Connector, SourceRecord, Task, TaskContext
from connectors.connect.errors import ConfigError
from connectors.connect.worker_config import parse_connector
from market.dictionary.topics import TOPICS
from tests.contract.connectors.binance.exchange import Exchange, running_exchange
from tests.support.connector_doubles import context

Offsets = list[tuple[Mapping[str, str], Mapping[str, object]]]


@dataclass
class Source:
    """A connector, its configuration, and how to make its source speak.

    Attributes:
        emit: publishes that many further records.
        miss: makes that many happen without telling the connector.
    """

    connector: Connector
    config: dict[str, object]
    emit: Callable[[int], None]
    miss: Callable[[int], None]
    cut: Callable[[], None]


def binance_spot(exchange: Exchange) -> Source:
    def emit(number: int) -> None:
        first = len(exchange.history["BTCUSDT"]) + 1
        exchange.publish("BTCUSDT", *range(first, first + number))

    def miss(number: int) -> None:
        first = len(exchange.history["BTCUSDT"]) + 1
        exchange.lose("BTCUSDT", *range(first, first + number))

    config: dict[str, object] = {
        "connector.class": "connectors.binance.spot.SpotTradesConnector",
        "exchange": "simulator",
        "simulator.url": exchange.url,
        "symbols": "BTCUSDT,NOPEUSDT",
        "heartbeat.interval.ms": 50,
    }
    return Source(SpotTradesConnector(), config, emit, miss, exchange.cut)


@pytest.fixture(params=[binance_spot])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    with running_exchange() as exchange:
        yield request.param(exchange)


class Running:
    """A task as its worker drives it."""

    def __init__(self, source: Source, offsets: Offsets | None = None) -> None:
        settings = parse_connector("spot", source.connector.keys, source.config)
        (share,) = source.connector.task_settings(settings, 1)
        self.context: TaskContext = context(offsets=offsets or [])
        self.task: Task = source.connector.task_class()
        self.task.start(share, self.context)
        self.records: list[SourceRecord] = []

    def poll_until(self, condition: Callable[["Running"], bool]) -> None:
        end_s = time.monotonic() + 10
        while not condition(self):
            assert time.monotonic() < end_s, f"gave up; so far {self.records}"
            self.records += self.task.poll(0.05)
        self.task.commit()

    def moved(self) -> list[SourceRecord]:
        return [record for record in self._moving() if "symbol" in (record.source_partition or {})]

    def _moving(self) -> list[SourceRecord]:
        return [record for record in self.records if record.source_offset is not None]

    def offsets(self) -> Offsets:
        last = {str(record.source_partition): record for record in self._moving()}
        return [
            (record.source_partition, record.source_offset)
            for record in last.values()
            if record.source_partition is not None and record.source_offset is not None
        ]


@pytest.fixture
def begin(source: Source) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(offsets: Offsets | None = None) -> Running:
        started.append(Running(source, offsets))
        return started[-1]

    yield start
    for running in started:
        running.task.stop()


Begin = Callable[..., Running]


def connected(running: Running) -> bool:
    return any(record.value.get("event") == "connected" for record in running.records)


def has(number: int) -> Callable[[Running], bool]:
    return lambda running: len(running.moved()) >= number


def test_what_the_source_says_becomes_records_with_offsets(source: Source, begin: Begin) -> None:
    running = begin()
    running.poll_until(connected)
    source.emit(5)
    running.poll_until(has(5))
    assert len(running.moved()) == 5


def test_every_record_fits_the_dictionary_of_topics(source: Source, begin: Begin) -> None:
    running = begin()
    running.poll_until(connected)
    source.emit(3)
    source.miss(2)
    source.emit(1)
    running.poll_until(has(6))
    for record in running.records:
        topic = TOPICS[record.topic]
        assert set(record.value) <= {field.name for field in topic.fields}
        assert record.kafka_partition is None or record.kafka_partition < topic.partitions


def test_equal_partitions_of_the_source_have_equal_keys(source: Source, begin: Begin) -> None:
    running = begin()
    running.poll_until(connected)
    source.emit(5)
    running.poll_until(has(5))
    pairs = {(str(record.source_partition), record.key) for record in running.moved()}
    assert len(pairs) == len({partition for partition, _ in pairs})


def test_a_restart_at_the_last_offsets_loses_nothing_and_repeats_nothing(
    source: Source, begin: Begin
) -> None:
    first = begin()
    first.poll_until(connected)
    source.emit(4)
    first.poll_until(has(4))
    first.task.stop()
    source.miss(3)
    second = begin(first.offsets())
    second.poll_until(connected)
    source.emit(2)
    second.poll_until(has(5))
    seen = [record.source_offset for record in (*first.moved(), *second.moved())]
    assert len(seen) == 9
    assert len({str(offset) for offset in seen}) == 9


def test_what_was_missed_is_found_although_the_source_stays_silent(
    source: Source, begin: Begin
) -> None:
    first = begin()
    first.poll_until(connected)
    source.emit(2)
    first.poll_until(has(2))
    source.miss(3)
    source.cut()
    first.context.clock.advance(2)  # type: ignore[attr-defined]

    def advance(running: Running) -> bool:
        running.context.clock.advance(0.2)  # type: ignore[attr-defined]
        return len(running.moved()) >= 5

    first.poll_until(advance)
    assert len(first.moved()) == 5


def test_polling_a_silent_source_returns_within_the_timeout(begin: Begin) -> None:
    running = begin()
    running.poll_until(connected)
    began_s = time.monotonic()
    running.task.poll(0.05)
    assert time.monotonic() - began_s < 0.5


def test_stopping_is_quick_and_leaves_no_thread_behind(begin: Begin) -> None:
    before = set(threading.enumerate())
    running = begin()
    running.poll_until(connected)
    began_s = time.monotonic()
    running.task.stop()
    assert time.monotonic() - began_s < 2.0
    end_s = time.monotonic() + 2
    while set(threading.enumerate()) - before and time.monotonic() < end_s:
        time.sleep(0.02)
    assert set(threading.enumerate()) - before == set()


def test_a_task_that_never_started_can_be_stopped(source: Source) -> None:
    source.connector.task_class().stop()


def test_an_unknown_key_is_refused(source: Source) -> None:
    with pytest.raises(ConfigError, match="symbls is not a known key; did you mean symbols"):
        parse_connector("spot", source.connector.keys, source.config | {"symbls": "X"})


def test_every_key_teaches_its_meaning(source: Source) -> None:
    for key in source.connector.keys:
        assert key.description.endswith(".")
        assert not key.problem(key.default) or key.default is None
