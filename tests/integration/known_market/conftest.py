"""One market with a book and trades of three symbols, written to the topics of one pipeline.

What it leads to is known, so every test of this folder reads the rows of the same three jobs.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from typing import TypeVar

import pytest

from market.books.records import BookRecord, SnapshotRecord
from market.books.tops import TopLevels
from market.dictionary.markets import MARKETS
from market.dictionary.records import Trade
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, TRADES
from stack import pipeline
from stack.settings import Settings
from tests.integration.book_histories import BookHistory, histories
from tests.integration.pipelines import own_pipeline
from tests.integration.records import Writer
from tests.support.running_stack import RunningStack

START_MS = 1_700_000_000_000 // 60_000 * 60_000 + 20_300
LENGTH_MS = 150_000
END_MS = START_MS + LENGTH_MS
AFTER_MS = END_MS + 120_000
STOPPED_MS = START_MS + 61_000
"""How far the perpetuals' feed has come when it stops."""
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
LEVELS = TopLevels(
    last_update_id=9,
    bid_prices=("10.10000000", "10.00000000"),
    bid_sizes=("1.00000000", "2.00000000"),
    ask_prices=("10.20000000",),
    ask_sizes=("3.50000000",),
)
SNAPSHOT = SnapshotRecord("binance-spot", "BTCUSDT", END_MS, END_MS - 7, LEVELS, END_MS)

Received = TypeVar("Received", BookRecord, Trade)


@pytest.fixture(scope="package")
def books() -> dict[str, list[BookHistory]]:
    return {market: list(histories(market, SYMBOLS, START_MS, LENGTH_MS)) for market in MARKETS}


@pytest.fixture(scope="package")
def own(stack: RunningStack, books: dict[str, list[BookHistory]]) -> Iterator[Settings]:
    """A pipeline that has seen the histories; the perpetuals' feed has stopped half way."""
    with own_pipeline(stack.settings) as settings:
        writer = Writer(settings)
        for market, histories_of_market in books.items():
            topic = BOOK_TOPS[market]
            for record in as_received([history.records for history in histories_of_market]):
                writer.write(topic, record.key(), record.value())
        for trade in as_received([history.trades for history in books["binance-spot"]]):
            writer.write(TRADES["binance-spot"], trade.key(), trade.value())
        for topic, market in (
            (BOOK_TOPS["binance-spot"], "binance-spot"),
            (TRADES["binance-spot"], "binance-spot"),
        ):
            writer.beat(topic, market, AFTER_MS)
        writer.beat(BOOK_TOPS["binance-usdm"], "binance-usdm", STOPPED_MS)
        writer.write(BOOK_SNAPSHOTS, SNAPSHOT.key(), SNAPSHOT.value())
        writer.close()
        pipeline.make_views(settings, lambda _: None)
        pipeline.start_jobs(settings, lambda _: None)
        yield settings


def as_received(symbols: Sequence[Sequence[Received]]) -> Iterator[Received]:
    """Mix the symbols' records as they were received, each symbol's in order."""
    return merge(*symbols, key=lambda record: record.receive_time_ms)
