"""How far publish times run ahead of the changes that they publish."""

from connectors.binance.publish_lag import REMEMBERED_MS, PublishLag

E_MS = 1_700_000_000_000


def test_the_largest_lag_of_late_counts() -> None:
    lag = PublishLag()
    assert lag.lag_ms == 0
    for after_ms, lag_ms in ((0, 3), (100, 2_100), (200, 40), (300, 1_000)):
        lag.on_frame(E_MS + after_ms, E_MS + after_ms - lag_ms)
    assert lag.lag_ms == 2_100


def test_a_lag_is_forgotten_after_a_minute_and_the_next_largest_counts() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 2_100)
    lag.on_frame(E_MS + 30_000, E_MS + 30_000 - 900)
    lag.on_frame(E_MS + REMEMBERED_MS, E_MS + REMEMBERED_MS - 3)
    assert lag.lag_ms == 2_100
    lag.on_frame(E_MS + REMEMBERED_MS + 1, E_MS + REMEMBERED_MS - 2)
    assert lag.lag_ms == 900


def test_a_frame_that_tells_no_time_of_its_change_has_no_lag() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, 0)
    lag.on_frame(E_MS, E_MS + 5)
    assert lag.lag_ms == 0
