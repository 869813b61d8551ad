import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka.errors import KafkaTimeoutError

from connectors.connect import producer
from connectors.connect.clock import SystemClock
from connectors.connect.contract import SourceRecord
from connectors.connect.errors import FencedError
from connectors.connect.offsets import read_offsets
from connectors.connect.producer import TransactionalProducer
from connectors.connect.topics import ensure_topics
from market.dictionary.names import Namespace
from market.dictionary.topics import CONNECT_OFFSETS, TRADES
from tests.integration.connectors.kafka_topics import read_topic

TRADES_TOPIC = "trades.binance-spot"

CONNECTOR = "spot"
BTC, ETH = {"symbol": "BTCUSDT"}, {"symbol": "ETHUSDT"}

BROKER_LOOKS_EACH_S = 10
"""How often the broker looks for transactions that are too old."""

Open = Callable[[], TransactionalProducer]


class MovedClock(SystemClock):
    """The machine's clock, which was set."""

    moved_ms = 0

    def time_ms(self) -> int:
        return super().time_ms() + self.moved_ms


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def open_producer(
    bootstrap_servers: str, namespace: Namespace, clock: MovedClock
) -> Iterator[Open]:
    ensure_topics(bootstrap_servers, [TRADES["binance-spot"], CONNECT_OFFSETS], namespace)
    opened: list[TransactionalProducer] = []

    def start() -> TransactionalProducer:
        opened.append(
            TransactionalProducer(
                bootstrap_servers, namespace, CONNECTOR, f"{namespace.prefix}-spot-0", clock
            )
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def record(number: int, partition: dict[str, str] = BTC) -> SourceRecord:
    return SourceRecord(
        TRADES_TOPIC,
        partition["symbol"],
        {"trade_id": number},
        partition,
        {"trade_id": number},
    )


def test_records_and_offsets_become_visible_together(
    bootstrap_servers: str, namespace: Namespace, open_producer: Open
) -> None:
    writer = open_producer()
    writer.send([record(1), record(2), record(7, ETH)])
    assert read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC)) == []
    writer.commit()
    seen = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    assert sorted(one.value["trade_id"] for one in seen) == [1, 2, 7]
    offsets = read_offsets(bootstrap_servers, namespace.topic("connect_offsets"), CONNECTOR)
    assert offsets.of(BTC) == {"trade_id": 2}
    assert offsets.of(ETH) == {"trade_id": 7}


def test_what_was_not_committed_never_was(
    bootstrap_servers: str, namespace: Namespace, open_producer: Open
) -> None:
    writer = open_producer()
    writer.send([record(1)])
    writer.commit()
    writer.send([record(2)])
    writer.close()
    seen = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    assert [one.value["trade_id"] for one in seen] == [1]
    offsets = read_offsets(bootstrap_servers, namespace.topic("connect_offsets"), CONNECTOR)
    assert offsets.of(BTC) == {"trade_id": 1}


def test_a_record_goes_to_the_partition_that_it_names(
    bootstrap_servers: str, namespace: Namespace, open_producer: Open
) -> None:
    writer = open_producer()
    writer.send([SourceRecord(TRADES_TOPIC, None, {"n": n}, kafka_partition=n) for n in range(4)])
    writer.commit()
    seen = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    assert {(one.partition, one.value["n"]) for one in seen} == {(n, n) for n in range(4)}


def test_a_commit_without_records_does_nothing(
    bootstrap_servers: str, namespace: Namespace, open_producer: Open
) -> None:
    writer = open_producer()
    writer.send([])
    writer.commit()
    offsets = read_offsets(bootstrap_servers, namespace.topic("connect_offsets"), CONNECTOR)
    assert offsets.of(BTC) is None


def test_a_successor_ends_the_open_transaction_of_a_zombie_and_fences_it(
    bootstrap_servers: str, namespace: Namespace, open_producer: Open
) -> None:
    zombie = open_producer()
    zombie.send([record(1)])
    successor = open_producer()
    successor.send([record(2)])
    successor.commit()
    with pytest.raises(FencedError, match=r"-spot-0: another worker runs the same task"):
        _go_on(zombie)
    seen = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    assert [one.value["trade_id"] for one in seen] == [2]


def test_a_zombie_that_writes_while_its_successor_starts_is_fenced_and_not_renewed(
    open_producer: Open,
) -> None:
    for _ in range(5):
        zombie = open_producer()
        with ThreadPoolExecutor(1) as pool:
            ended = pool.submit(_write_on, zombie)
            time.sleep(0.3)
            successor = open_producer()
            with pytest.raises(FencedError):
                ended.result()
        successor.send([record(1)])
        successor.commit()


@pytest.mark.parametrize("moved_ms", [120_000, -15_000])
def test_a_clock_that_was_set_makes_no_fence_a_sleep(
    open_producer: Open, clock: MovedClock, moved_ms: int
) -> None:
    zombie = open_producer()
    zombie.send([record(1)])
    open_producer()
    clock.moved_ms = moved_ms
    with pytest.raises(FencedError):
        _go_on(zombie)


def test_a_transaction_that_outlived_the_brokers_patience_is_no_sign_of_a_successor(
    open_producer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "TRANSACTION_TIMEOUT_MS", 1_000)
    sleeper = open_producer()
    sleeper.send([record(1)])
    time.sleep(BROKER_LOOKS_EACH_S + 2)
    with pytest.raises(KafkaTimeoutError, match=r"aborted after 1\d s of ours"):
        _go_on(sleeper)


def _write_on(zombie: TransactionalProducer) -> None:
    for number in itertools.count():
        zombie.send([record(number, BTC if number % 2 else ETH)])
        time.sleep(0.001)


def _go_on(zombie: TransactionalProducer) -> None:
    zombie.send([record(3)])
    zombie.commit()
