"""The worker on a real broker: what it wrote must be every trade, once, whatever happened to it."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.connect.errors import ExitCode
from market.dictionary.names import Namespace
from tests.contract.connectors.binance.exchange import OFFERED, Exchange, running_exchange
from tests.integration.connectors.kafka_topics import Read, read_topic
from tests.integration.connectors.worker_process import WorkerProcess

TRADES_TOPIC = "trades.binance-spot"

Start = Callable[..., WorkerProcess]


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with running_exchange() as running:
        running.clock_ms = 0  # its first trades are made at its start
        yield running


@pytest.fixture
def start(
    tmp_path: Path, bootstrap_servers: str, namespace: Namespace, exchange: Exchange
) -> Iterator[Start]:
    workers: list[WorkerProcess] = []

    def begin(**config: str) -> WorkerProcess:
        folder = tmp_path / str(len(workers))
        folder.mkdir()
        worker = WorkerProcess(folder, bootstrap_servers, namespace.prefix, exchange.url, **config)
        workers.append(worker)
        return worker.start()

    yield begin
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()


class Market:
    """Trades of both symbols, without a pause, until it is closed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._trade, daemon=True)

    def __enter__(self) -> "Market":
        self._open.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.clear()
        self._thread.join(5)

    def _trade(self) -> None:
        for trade_id in itertools.count(1):
            if not self._open.is_set():
                return
            for symbol in OFFERED:
                self._exchange.publish(symbol, trade_id)
            time.sleep(0.002)


def trades(records: list[Read]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {symbol: [] for symbol in OFFERED}
    for record in records:
        if record.value["kind"] == "trade":
            ids[record.value["symbol"]].append(record.value["trade_id"])
    return ids


def published(exchange: Exchange) -> int:
    return min(len(exchange.history[symbol]) for symbol in OFFERED)


def connected(worker: WorkerProcess) -> bool:
    return worker.metric("connects_total") > 0


def has_read(number: int) -> Callable[[WorkerProcess], bool]:
    return lambda worker: worker.metric("records_written_total") >= number


def settle(exchange: Exchange, bootstrap_servers: str, topic: str) -> list[Read]:
    """Wait until the newest trades are written, and return all records."""
    end_s = time.monotonic() + 60
    while True:
        records = read_topic(bootstrap_servers, topic)
        last = {symbol: ids[-1] if ids else 0 for symbol, ids in trades(records).items()}
        if last == {symbol: len(exchange.history[symbol]) for symbol in OFFERED}:
            return records
        assert time.monotonic() < end_s, f"written up to {last}"
        time.sleep(0.3)


def check_complete(records: list[Read], exchange: Exchange) -> None:
    """Every trade from the first written one on: once, in order, none called missing."""
    for symbol, ids in trades(records).items():
        assert ids == list(range(ids[0], len(exchange.history[symbol]) + 1))
    missing = [r.value.get("missing_before") for r in records if r.value["kind"] == "trade"]
    assert missing.count(None) == len(OFFERED)
    assert set(missing) == {None, 0}


def check_heartbeats(records: list[Read]) -> None:
    """No partition holds a trade behind a heartbeat that vouched for its time."""
    vouched: dict[int, int] = {}
    for record in records:
        time_ms = record.value["event_time_ms"]
        if record.value["kind"] == "heartbeat":
            assert record.key is None
            vouched[record.partition] = max(time_ms, vouched.get(record.partition, 0))
        else:
            assert time_ms >= vouched.get(record.partition, 0)
    assert set(vouched) == set(range(4))


def test_killed_at_any_moment_it_loses_nothing_and_repeats_nothing(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start()
    worker.wait_until(connected)
    with Market(exchange):
        for number in (150, 100, 50):
            worker.wait_until(has_read(number))
            worker.kill()
            worker.start()
        worker.wait_until(has_read(50))
    records = settle(exchange, bootstrap_servers, namespace.topic(TRADES_TOPIC))
    check_complete(records, exchange)
    check_heartbeats(records)
    sources = {record.value["source"] for record in records}
    assert sources == {"live", "backfill"}
    assert worker.terminate() == 0


def test_trades_missed_while_it_was_down_are_found_although_nothing_trades_any_more(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start()
    worker.wait_until(connected)
    for symbol in OFFERED:
        exchange.publish(symbol, *range(1, 11))
    worker.wait_until(has_read(20))
    assert worker.terminate() == 0
    for symbol in OFFERED:
        exchange.lose(symbol, *range(11, 2_501))
    worker.start()
    records = settle(exchange, bootstrap_servers, namespace.topic(TRADES_TOPIC))
    check_complete(records, exchange)
    events = read_topic(bootstrap_servers, namespace.topic("feed_events"))
    repaired = [one.value for one in events if one.value["event"] == "gap_repaired"]
    assert {(one["from_id"], one["to_id"]) for one in repaired} == {(11, 2_500)}


def test_cut_connections_lose_nothing(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start()
    worker.wait_until(connected)
    with Market(exchange):
        for connects in (2, 4, 6):  # of both connections
            worker.wait_until(lambda w, n=connects: w.metric("connects_total") == n)  # type: ignore[misc]
            time.sleep(0.3)
            exchange.cut()
        worker.wait_until(lambda w: w.metric("connects_total") == 8)
    records = settle(exchange, bootstrap_servers, namespace.topic(TRADES_TOPIC))
    check_complete(records, exchange)
    check_heartbeats(records)


def test_a_gap_longer_than_allowed_is_counted_and_marked(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start(**{"backfill.max.trades": "10"})
    worker.wait_until(connected)
    exchange.publish("BTCUSDT", 1)
    exchange.lose("BTCUSDT", *range(2, 3_500))
    exchange.publish("BTCUSDT", 3_500)
    worker.wait_until(lambda w: w.metric("missing_trades_total") > 0)
    worker.terminate()
    records = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    btc = [r.value for r in records if r.value["kind"] in ("trade", "gap")]
    assert [value["kind"] for value in btc] == ["trade", "gap", "gap", "gap", "trade"]
    assert btc[-1]["missing_before"] == 3_498


def test_a_clean_stop_commits_what_was_received_and_is_quick(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start()
    worker.wait_until(connected)
    exchange.publish("BTCUSDT", *range(1, 101))
    time.sleep(0.2)
    began_s = time.monotonic()
    assert worker.terminate() == 0
    assert time.monotonic() - began_s < 5
    records = read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    assert trades(records)["BTCUSDT"] == list(range(1, 101))


def test_a_second_worker_takes_over_and_the_first_says_so_and_ends(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    first = start()
    first.wait_until(connected)
    with Market(exchange):
        first.wait_until(has_read(50))
        second = start()
        second.wait_until(has_read(50))
        assert first.process.wait(60) == ExitCode.FAILED
    assert "another worker runs the same task" in first.output()
    records = settle(exchange, bootstrap_servers, namespace.topic(TRADES_TOPIC))
    check_complete(records, exchange)


def test_too_many_dead_letters_end_the_task_after_they_are_written(
    start: Start, exchange: Exchange, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = start(**{"errors.deadletters.max.consecutive": "5", "connections": "1"})
    worker.wait_until(connected)
    for _ in range(5):
        exchange.send(b"{garbled")
    assert worker.process.wait(60) == ExitCode.FAILED
    assert "5 records in a row were refused" in worker.output()
    letters = read_topic(bootstrap_servers, namespace.topic("dead_letters"))
    assert [one.value["payload"] for one in letters] == ["{garbled"] * 5


def test_an_exchange_that_comes_late_is_waited_for(start: Start, exchange: Exchange) -> None:
    url, exchange.url = exchange.url, "http://127.0.0.1:9"
    worker = start()
    worker.wait_until(lambda w: w.metric("task_restarts_total") >= 1)
    status = worker.get("/connectors/spot/status")
    assert status["tasks"][0]["state"] == "RESTARTING"
    assert "REST exchangeInfo: no answer" in status["tasks"][0]["trace"]
    assert worker.terminate() == 0
    exchange.url = url
