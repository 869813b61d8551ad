"""The reference definitions of the book's metrics, by hand-made books and windows."""

from decimal import Decimal

import pytest

from market.liquidity_metrics import (
    Step,
    TimeWeighted,
    depth_quote,
    microprice,
    order_book_imbalance,
    spread,
    spread_bps,
    synced_ms,
    time_weighted,
)

D = Decimal
BIDS = [(D(100), D(3)), (D(99), D(1)), (D(98), D(5))]
ASKS = [(D(102), D(1)), (D(103), D(2)), (D(104), D(6))]


class TestTop:
    def test_the_spread_is_exact(self) -> None:
        assert spread(D("83091.60000000"), D("83091.60000001")) == D("0.00000001")

    def test_the_spread_in_bps_is_of_the_mid(self) -> None:
        assert spread_bps(D("99.95"), D("100.05")) == pytest.approx(10.0)

    def test_the_microprice_leans_to_the_thinner_side(self) -> None:
        assert microprice((D(100), D(3)), (D(102), D(1))) == 101.5
        assert microprice((D(100), D(1)), (D(102), D(1))) == 101.0


class TestImbalance:
    @pytest.mark.parametrize(("count", "expected"), [(1, 2 / 4), (2, 1 / 7), (3, 0.0), (20, 0.0)])
    def test_the_imbalance_counts_the_best_levels(self, count: int, expected: float) -> None:
        assert order_book_imbalance(BIDS, ASKS, count) == expected

    def test_one_empty_side_is_the_extreme(self) -> None:
        assert order_book_imbalance(BIDS, [], 5) == 1.0
        assert order_book_imbalance([], ASKS, 5) == -1.0

    def test_an_empty_book_has_no_imbalance(self) -> None:
        with pytest.raises(ValueError, match="over 5 levels: found no size"):
            order_book_imbalance([], [], 5)


class TestDepth:
    @pytest.mark.parametrize(("bps", "expected"), [(99, 300), (100, 399), (199, 399), (200, 889)])
    def test_depth_is_the_quote_value_up_to_the_bands_end(self, bps: int, expected: int) -> None:
        levels = [(D(100), D(3)), (D(99), D(1)), (D(98), D(5))]
        assert depth_quote(levels, D(100), bps, None) == expected

    def test_depth_is_unknown_and_not_zero_beyond_the_edge(self) -> None:
        assert depth_quote(ASKS, D(101), 300, D(104)) is None
        assert depth_quote([], D(101), 300, D(104)) is None

    def test_depth_is_known_up_to_the_edge_itself(self) -> None:
        assert depth_quote([(D(101), D(2))], D(100), 100, D(101)) == D(202)

    def test_an_empty_side_that_is_known_as_a_whole_has_no_depth(self) -> None:
        assert depth_quote([], D(101), 50, None) == 0


class TestTimeWeighted:
    def test_a_value_counts_by_how_long_it_held(self) -> None:
        steps: list[Step] = [(1000, 2.0), (1750, 6.0)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(
            mean=3.0, minimum=2.0, maximum=6.0, last=6.0, known_ms=1000
        )

    def test_a_value_from_before_the_window_holds_in_it(self) -> None:
        steps: list[Step] = [(100, 4.0), (200, 2.0), (1500, 6.0)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(4.0, 2.0, 6.0, 6.0, 1000)

    def test_unknown_intervals_are_left_out_of_the_mean(self) -> None:
        steps: list[Step] = [(1200, 2.0), (1300, None), (1800, 4.0), (1900, None)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(3.0, 2.0, 4.0, None, 200)

    def test_a_window_that_is_unknown_throughout_has_no_value(self) -> None:
        assert time_weighted([], 1000, 2000) is None
        assert time_weighted([(500, 1.0), (900, None), (2000, 1.0)], 1000, 2000) is None

    def test_of_steps_at_one_millisecond_the_last_counts(self) -> None:
        steps: list[Step] = [(1000, 1.0), (1500, 99.0), (1500, 3.0)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(2.0, 1.0, 3.0, 3.0, 1000)

    def test_a_step_at_the_windows_end_belongs_to_the_next(self) -> None:
        steps: list[Step] = [(1000, 1.0), (2000, 99.0)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(1.0, 1.0, 1.0, 1.0, 1000)

    def test_zero_is_a_value(self) -> None:
        assert time_weighted([(1000, 0.0)], 1000, 2000) == TimeWeighted(0.0, 0.0, 0.0, 0.0, 1000)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], 0),
        ([(0, 1.0)], 1000),
        ([(1400, 1.0)], 600),
        ([(0, 1.0), (1100, None), (1900, 0.0)], 200),
        ([(0, None)], 0),
        ([(2000, 1.0)], 0),
    ],
)
def test_synced_is_the_part_of_the_window_in_which_the_book_was_known(
    steps: list[Step], expected: int
) -> None:
    assert synced_ms(steps, 1000, 2000) == expected
