from simulator.engine.rolling_day import STEP_MS, WINDOW_STEPS, RollingDay
from tests.support.simulated_exchange import START_MS, trade

FIRST_MS = START_MS - START_MS % STEP_MS


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
