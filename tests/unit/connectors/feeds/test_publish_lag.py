"""How far publish times run ahead of the changes that they publish."""

from connectors.feeds.publish_lag import LONG_MS, REMEMBERED_MS, PublishLag

E_MS = 1_700_000_000_000


def test_the_largest_recent_lag_counts() -> None:
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


def test_a_frame_without_a_change_time_has_no_lag() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, 0)
    lag.on_frame(E_MS, E_MS + 5)
    assert lag.lag_ms == 0


def test_a_very_long_lag_that_no_other_frame_shows_counts_only_briefly() -> None:
    lag = PublishLag()
    for _ in range(2):  # both connections bring the same frame
        lag.on_frame(E_MS, E_MS - 49_500)
    lag.on_frame(E_MS + LONG_MS, E_MS + LONG_MS - 3)
    assert lag.lag_ms == 49_500
    lag.on_frame(E_MS + LONG_MS + 1, E_MS + LONG_MS - 2)
    assert lag.lag_ms == LONG_MS


def test_the_exchanges_answers_also_make_it_expire() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 49_500)
    lag.on_time(E_MS + LONG_MS + 1)
    assert lag.lag_ms == LONG_MS


def test_two_frames_confirm_the_lesser_of_their_long_lags() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 30_000)
    lag.on_frame(E_MS + 100, E_MS + 100 - 20_000)
    lag.on_frame(E_MS + REMEMBERED_MS, E_MS + REMEMBERED_MS - 3)
    assert lag.lag_ms == 20_000
