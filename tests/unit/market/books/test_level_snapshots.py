"""The best levels at each boundary of an interval."""

from market.books.level_snapshots import PUBLISHED_LEVELS, LevelSnapshots
from market.books.order_book import OrderBook
from market.books.records import SnapshotRecord
from tests.support.depth import BIDS, TIME_MS, snapshot, spot

NOW = 9


def book(last: int = 300) -> OrderBook:
    """A book that changed last so many milliseconds after `TIME_MS`."""
    made = OrderBook(snapshot(last - 1))
    made.apply(spot(last, last, {100: 7}))
    return made


def due(records: list[SnapshotRecord]) -> list[int]:
    return [record.event_time_ms - TIME_MS for record in records]


def test_a_book_is_reported_at_the_boundary_before_the_next_change() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 1_000)
    (record,) = levels.before(book(), TIME_MS + 1_100, NOW)
    assert record.event_time_ms == TIME_MS + 1_000
    assert record.quote_time_ms == TIME_MS + 300
    assert record.levels.bid_sizes[0] == "7.00000000"
    assert len(record.levels.bid_prices) == min(len(BIDS), PUBLISHED_LEVELS)


def test_a_change_at_the_boundary_belongs_to_it() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 1_000)
    assert due(levels.before(book(), TIME_MS + 1_000, NOW)) == []
    assert due(levels.before(book(1_000), TIME_MS + 1_001, NOW)) == [1_000]


def test_there_is_at_most_one_record_per_boundary() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 1_000)
    assert due(levels.before(book(), TIME_MS + 1_100, NOW)) == [1_000]
    assert due(levels.before(book(), TIME_MS + 1_900, NOW)) == []
    assert due(levels.before(book(), TIME_MS + 4_200, NOW)) == [4_000]


def test_a_book_that_changed_since_the_boundary_gives_no_record() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 1_000)
    assert levels.before(book(1_050), TIME_MS + 1_100, NOW) == []


def test_an_undated_book_gives_no_record() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 1_000)
    assert levels.before(OrderBook(snapshot(5)), TIME_MS + 1_100, NOW) == []


def test_a_book_can_be_reported_at_any_instant_and_then_at_the_next_boundary() -> None:
    levels = LevelSnapshots("binance-spot", "BTCUSDT", 500)
    assert due(levels.at(book(), TIME_MS + 300, NOW)) == [300]
    assert due(levels.before(book(), TIME_MS + 400, NOW)) == []
    assert due(levels.before(book(), TIME_MS + 501, NOW)) == [500]
