"""Recorded captures under many names: what a proof reads of them."""

from collections import Counter
from pathlib import Path

from market.dictionary.schemas import MARKET_PARTITIONS
from tests.support.many_symbols import EIGHT, partition_of, under_many_names
from tests.support.simulated_exchange import (
    CAPTURES,
    line,
    needs_captures,
    trade_line,
    write_capture,
)
from verify.proof import expect

START_MS = 1_723_161_255_000


def test_each_partition_holds_two_of_the_eight_names() -> None:
    partitions = Counter(partition_of("binance-spot", name) for name in EIGHT)
    assert partitions == dict.fromkeys(range(MARKET_PARTITIONS), 2)


def test_each_name_has_all_trades_and_a_book_of_its_own(tmp_path: Path) -> None:
    recorded, renamed = tmp_path / "recorded", tmp_path / "renamed"
    recorded.mkdir()
    renamed.mkdir()
    snapshot = '{"lastUpdateId":10,"bids":[["99.0","2.0"]],"asks":[["101.0","1.0"]]}'
    diff = {"e": "depthUpdate", "E": START_MS + 1_500, "s": "BTCUSDT", "U": 9, "u": 12,
            "b": [["99.5", "1.0"]], "a": []}  # fmt: skip
    lines = [
        trade_line(1, START_MS + 1_000),
        line(START_MS + 500, "btcusdt@depth@100ms", diff),
        f"{START_MS + 500}000000 {snapshot}",
        line(START_MS + 500, "btcusdt@bookTicker", {"s": "BTCUSDT", "u": 12}),
        trade_line(2, START_MS + 2_000),
    ]
    write_capture(recorded / "spot_btcusdt_20240808.gz", lines)
    expectation = expect(under_many_names(recorded, renamed, EIGHT[:3]))
    assert {symbol: len(made) for symbol, made in expectation.trades.items()} == dict.fromkeys(
        EIGHT[:3], 2
    )
    (books,) = expectation.books
    assert {symbol: len(made) for symbol, made in books.states.items()} == dict.fromkeys(
        EIGHT[:3], 1
    )


@needs_captures
def test_real_captures_have_the_same_seconds_under_each_name(tmp_path: Path) -> None:
    folder = under_many_names(CAPTURES, tmp_path, EIGHT[:2], seconds=20)
    rows = expect(folder).tables["candles_1s"]
    seconds = [{key[2] for key in rows if key[1] == name} for name in EIGHT[:2]]
    assert seconds[0] == seconds[1]
    assert len(seconds[0]) > 10
