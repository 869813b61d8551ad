"""A span of the exchange's history, loaded by a flow that is killed on the way."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from kafka import KafkaProducer

from connectors.connect.offsets import encode_key, encode_offset
from flows.backfill.flow import BackfillError, backfill
from market.dictionary.tables import table
from market.dictionary.topics import CONNECT_OFFSETS
from simulator.synthetic.feed import SyntheticFeed
from stack import pipeline
from stack.feeds import simulator_status
from stack.settings import LOOPBACK, Settings
from stores.iceberg import Lake
from tests.integration.connectors.worker_process import free_port
from tests.integration.flows.silver import rows_of
from tests.integration.flows.worker import worker_environment
from tests.integration.pipelines import own_pipeline, until
from tests.support.running_stack import ROOT, RunningStack
from verify.captures import RecordedTrade
from verify.compare import compare
from verify.expected import expected_candles
from verify.proof import stores_of

MARKET, SYMBOL, SEED = "binance-spot", "BTCUSDT", 7
MARKET_START_MS = 1_700_006_400_000
START = datetime(2023, 11, 14, 23, 35, tzinfo=UTC)
END = datetime(2023, 11, 14, 23, 45, tzinfo=UTC)
"""A quarter of an hour before the market begins, at midnight."""
CHUNK_TRADES = 1_000
"""Small, so that there are several commits to be killed between."""
WITHIN_S = 300

KILLED = f"""
from flows.shared import filling
from flows.run import run
filling.CHUNK_TRADES = {CHUNK_TRADES}
run("backfill", {{parameters!r}})
"""


@dataclass(frozen=True, slots=True)
class Market:
    settings: Settings
    lake: Lake
    trades: list[RecordedTrade]

    def bronze_ids(self) -> list[int]:
        rows = self.lake.table(table("trades")).scan(selected_fields=("trade_id",)).to_arrow()
        return sorted(rows["trade_id"].to_pylist())


def past() -> list[RecordedTrade]:
    """Return the trades of the span, as the simulator makes them."""
    start_ms, end_ms = (int(one.timestamp()) * 1_000 for one in (START, END))
    return [
        RecordedTrade(
            SYMBOL,
            one.trade_id,
            Decimal(one.price_e8).scaleb(-8),
            Decimal(one.quantity_e8).scaleb(-8),
            one.time_ms,
            not one.buyer_is_maker,
        )
        for one in SyntheticFeed([SYMBOL], SEED, MARKET_START_MS).past(1)
        if start_ms <= one.time_ms < end_ms
    ]


@pytest.fixture(scope="module")
def market(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    port, log = free_port(), tmp_path_factory.mktemp("simulator") / "log"
    options = ("--synthetic", SYMBOL, "--seed", str(SEED), "--past-hours", "1")
    clock = ("--start-time-ms", str(MARKET_START_MS), "--start", "on-subscribe")
    command = [sys.executable, "-m", "simulator", "--port", str(port), *options, *clock]
    with own_pipeline(stack.settings) as own, log.open("wb") as output:
        pipeline.package_batch_jobs(own)
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            until(lambda: simulator_status(port) is not None, WITHIN_S)
            asking = replace(own, exchange=f"http://{LOOPBACK}:{port}")
            yield Market(asking, pipeline.lake(own), past())
        finally:
            process.terminate()
            process.wait()


def kill_between_commits(market: Market) -> int:
    """Start the flow, kill -9 it when some of the trades are there, and return how many are."""
    parameters = json.dumps({"symbol": SYMBOL, "start": START.isoformat(), "end": END.isoformat()})
    code = KILLED.format(parameters=parameters)
    with worker_environment(market.settings):
        flow = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        until(lambda: len(market.bronze_ids()) >= CHUNK_TRADES, WITHIN_S)
    finally:
        flow.send_signal(signal.SIGKILL)
        flow.wait()
    return len(market.bronze_ids())


def test_a_backfill_that_is_killed_is_completed_by_the_next_one_without_loss_or_duplicate(
    market: Market,
) -> None:
    expected = [trade.trade_id for trade in market.trades]
    there = kill_between_commits(market)
    assert CHUNK_TRADES <= there < len(expected), "it was killed too late to prove anything"
    with worker_environment(market.settings):
        loaded = backfill(SYMBOL, START, END)
    assert market.bronze_ids() == expected
    assert (loaded.trades, loaded.absent) == (len(expected), 0)
    assert loaded.appended == len(expected) - there
    assert 5 < loaded.bytes_per_trade < 200

    stores = stores_of(market.settings)
    for interval in ("1s", "1m"):
        name = f"candles_{interval}"
        wanted = expected_candles(MARKET, {SYMBOL: market.trades}, interval)
        results = compare("silver", name, wanted, stores.readers(name)["silver"]())
        assert all(one.green for one in results), results
    assert len(rows_of(market.lake, "candles_5m")) == 2

    with worker_environment(market.settings):
        again = backfill(SYMBOL, START, END)
    assert (again.appended, again.windows) == (0, 0)


def test_the_minute_after_a_span_learns_what_was_before_its_first_trade(market: Market) -> None:
    def first_minute() -> tuple[int | None, int]:
        start_ms = int(START.timestamp()) * 1_000
        row = rows_of(market.lake, "candles_1m")[MARKET, SYMBOL, start_ms]
        return row["missing_trades"], row["revision"]

    assert first_minute() == (None, 0)
    with worker_environment(market.settings):
        backfill(SYMBOL, START - timedelta(minutes=2), START)
    assert first_minute() == (0, 1)


def test_a_span_without_trades_is_refused(market: Market) -> None:
    later = datetime(2023, 11, 15, 3, tzinfo=UTC)
    with (
        worker_environment(market.settings),
        pytest.raises(BackfillError, match="have trades of the span, found none"),
    ):
        backfill(SYMBOL, later, later.replace(minute=10))


def store_offset(market: Market, offset: dict[str, int] | None) -> None:
    """Write where a connector stands, as it does itself; None takes it away."""
    partition = {"market": MARKET, "stream": "trade", "symbol": SYMBOL}
    producer = KafkaProducer(bootstrap_servers=market.settings.kafka.bootstrap_servers)
    try:
        producer.send(
            market.settings.namespace.topic(CONNECT_OFFSETS.name),
            key=encode_key("binance-spot", partition),
            value=None if offset is None else encode_offset(offset),
        ).get(timeout=30)
    finally:
        producer.close()


def test_a_span_that_a_stream_may_still_bring_is_refused_and_nothing_is_appended(
    market: Market,
) -> None:
    middle, last = market.trades[len(market.trades) // 2], market.trades[-1]
    there = market.bronze_ids()
    try:
        for trade, reason in ((middle, "when it runs, it fetches"), (last, "the job `bronze` has")):
            store_offset(market, {"trade_id": trade.trade_id, "event_time_ms": trade.time_ms})
            with worker_environment(market.settings), pytest.raises(BackfillError, match=reason):
                backfill(SYMBOL, START, END)
    finally:
        store_offset(market, None)
    assert market.bronze_ids() == there
