"""What is kept of the past: trades, aggregates, candles and the last day."""

from simulator.binance.venues import Market
from simulator.engine.candles import INTERVALS_MS
from simulator.engine.history import SymbolHistory
from simulator.engine.rolling_day import STEP_MS, WINDOW_STEPS, RollingDay
from tests.support.simulated_exchange import START_MS, trade

MINUTE_MS = INTERVALS_MS["1m"]

FIRST_MS = START_MS - START_MS % STEP_MS


def _history(*trades, limit=None):
    history = SymbolHistory(limit)
    for each in trades:
        history.add(each)
    return history


def test_trades_are_found_from_any_id_on():
    history = _history(*(trade(n) for n in (5, 6, 9, 10)))
    assert [each.trade_id for each in history.trades_from(6, limit=2)] == [6, 9]
    assert [each.trade_id for each in history.trades_from(7, limit=9)] == [9, 10]
    assert history.trades_from(11, limit=9) == []
    assert [each.trade_id for each in history.latest_trades(2)] == [9, 10]
    assert (history.first_id, history.last_id, history.count) == (5, 10, 4)


def test_a_repeated_trade_counts_once():
    history = _history(trade(5), trade(5), trade(4))
    assert history.count == 1


def test_fills_of_one_order_at_one_price_are_one_aggregate():
    history = _history(
        trade(1, START_MS, quantity_e8=3),
        trade(2, START_MS, quantity_e8=4),
        trade(3, START_MS, price_e8=7, quantity_e8=5),
        trade(4, START_MS, price_e8=7, quantity_e8=5, buyer_is_maker=False),
        trade(5, START_MS + 1, price_e8=7, quantity_e8=5, buyer_is_maker=False),
    )
    rows = history.aggregates_from(1, limit=10)
    assert [(row.aggregate_id, row.first_id, row.last_id) for row in rows] == [
        (1, 1, 2),
        (2, 3, 3),
        (3, 4, 4),
        (4, 5, 5),
    ]
    assert rows[0].quantity_e8 == 7


def test_on_usdm_the_fills_of_a_tenth_of_a_second_at_one_price_are_one_aggregate():
    history = SymbolHistory(None, Market.USDM)
    slot_ms = START_MS - START_MS % 100
    for trade_id, step_ms in enumerate((0, 60, 99, 100), start=1):
        history.add(trade(trade_id, slot_ms + step_ms))
    rows = history.latest_aggregates(5)
    assert [(row.first_id, row.last_id, row.time_ms - slot_ms) for row in rows] == [
        (1, 3, 0),
        (4, 4, 100),
    ]


def test_a_gap_in_the_ids_ends_an_aggregate():
    history = _history(trade(1), trade(3))
    assert len(history.latest_aggregates(10)) == 2


def test_aggregates_of_a_time_range_are_inclusive_at_both_ends():
    history = _history(*(trade(n, START_MS + n) for n in range(1, 6)))

    def ids(start_ms, end_ms, limit=10):
        rows = history.aggregates_between(start_ms, end_ms, limit)
        return [row.first_id for row in rows]

    assert ids(START_MS + 2, START_MS + 4) == [2, 3, 4]
    assert ids(START_MS + 2, None, limit=2) == [2, 3]
    assert ids(None, START_MS + 4, limit=2) == [3, 4]
    assert ids(None, None, limit=2) == [4, 5]


def test_memory_is_bounded_and_the_newest_trades_stay():
    history = _history(*(trade(n, START_MS + n) for n in range(1, 100)), limit=10)
    kept = history.latest_trades(1000)
    assert 10 <= len(kept) <= 20
    assert kept[-1].trade_id == 99
    assert history.count == 99
    assert history.aggregates_from(1, 1)[0].first_id >= kept[0].trade_id


def test_a_candle_adds_up_its_trades():
    minute = START_MS - START_MS % MINUTE_MS
    history = _history(
        trade(1, minute, price_e8=5 * 10**8, quantity_e8=10**8),
        trade(2, minute + 10, price_e8=9 * 10**8, quantity_e8=10**8, buyer_is_maker=False),
        trade(3, minute + 59_999, price_e8=4 * 10**8, quantity_e8=2 * 10**8),
    )
    (candle,) = history.first_candles(MINUTE_MS, minute, minute + MINUTE_MS, 10)
    assert candle.rest_row(MINUTE_MS, 1) == [
        minute,
        *("5.00000000", "9.00000000", "4.00000000", "4.00000000", "4.00000000"),
        minute + 59_999,
        "22.00000000",
        3,
        *("1.00000000", "9.00000000", "0"),
    ]
    assert candle.rest_row(MINUTE_MS, 1000)[6] == (minute + MINUTE_MS) * 1000 - 1


def test_minutes_without_trades_are_flat_at_the_last_price():
    minute = START_MS - START_MS % MINUTE_MS
    history = _history(trade(1, minute, price_e8=5), trade(2, minute + 3 * MINUTE_MS, price_e8=6))
    rows = history.first_candles(MINUTE_MS, minute, minute + 4 * MINUTE_MS, 10)
    assert [(row.close_e8, row.count) for row in rows] == [(5, 1), (5, 0), (5, 0), (6, 1)]
    assert [row.open_time_ms - minute for row in rows] == [0, 60_000, 120_000, 180_000]


def test_there_are_no_candles_before_the_first_trade():
    minute = START_MS - START_MS % MINUTE_MS
    history = _history(trade(1, minute))
    rows = history.first_candles(MINUTE_MS, minute - 5 * MINUTE_MS, minute + MINUTE_MS, 10)
    assert [row.open_time_ms for row in rows] == [minute]
    assert SymbolHistory(None).first_candles(MINUTE_MS, 0, minute, 10) == []


def _day(*steps):
    day = RollingDay()
    for number, step in enumerate(steps, start=1):
        day.add(trade(number, FIRST_MS + step * STEP_MS, price_e8=number, quantity_e8=1))
    return day


def test_there_is_no_window_before_the_first_trade():
    assert RollingDay().window() is None


def test_a_day_includes_its_current_step():
    window = _day(0, 0, 1, WINDOW_STEPS - 1).window()
    assert window is not None
    assert (window.count, window.open_e8, window.close_e8) == (4, 1, 4)
    assert (window.first_id, window.last_id) == (1, 4)


def test_what_is_older_than_a_day_is_dropped_except_for_its_last_price():
    day = _day(0, 0, 1, WINDOW_STEPS)
    window = day.window()
    assert window is not None
    assert (window.first_id, window.count, day.price_before_e8) == (3, 2, 2)
