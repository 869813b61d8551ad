"""The reference definitions of the book's metrics, by hand-made books and windows."""

from decimal import Decimal

import pytest

from market.metrics.liquidity import (
    Step,
    TimeWeighted,
    depth_quote,
    effective_spread_bps,
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
        assert spread_bps(D("99.95"), D("100.05")) == 10
        assert spread_bps(D(1), D(2)) == D("6666.666666666667")

    def test_the_microprice_leans_to_the_thinner_side(self) -> None:
        assert microprice((D(100), D(3)), (D(102), D(1))) == 101.5
        assert microprice((D(100), D(1)), (D(102), D(1))) == 101.0


class TestEffectiveSpread:
    @pytest.mark.parametrize("price", ["100.05", "99.95"])
    def test_a_trade_at_the_best_price_of_either_side_pays_the_spread(self, price: str) -> None:
        assert effective_spread_bps(D(price), D("99.95"), D("100.05")) == 10

    def test_a_trade_at_the_mid_pays_nothing(self) -> None:
        assert effective_spread_bps(D("100.00"), D("99.95"), D("100.05")) == 0

    def test_a_trade_beyond_the_best_price_pays_more_than_the_spread(self) -> None:
        assert effective_spread_bps(D(104), D(99), D(101)) == 800

    def test_the_quotient_is_rounded_once_half_to_even(self) -> None:
        assert effective_spread_bps(D(2), D(1), D(2)) == D("6666.666666666667")
        assert effective_spread_bps(D("1.00000001"), D(1), D(1)) == D("0.0002")


class TestImbalance:
    @pytest.mark.parametrize(
        ("count", "expected"), [(1, "0.5"), (2, "0.142857142857"), (3, "0"), (20, "0")]
    )
    def test_the_imbalance_counts_the_best_levels(self, count: int, expected: str) -> None:
        assert order_book_imbalance(BIDS, ASKS, count) == D(expected)

    def test_one_empty_side_is_an_extreme_imbalance(self) -> None:
        assert order_book_imbalance(BIDS, [], 5) == 1
        assert order_book_imbalance([], ASKS, 5) == -1

    def test_an_empty_book_has_no_imbalance(self) -> None:
        with pytest.raises(ValueError, match="over 5 levels: expected a size on a side"):
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
        steps: list[Step] = [(1000, D(2)), (1750, D(6))]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(
            weighted_sum=D(3000), minimum=D(2), maximum=D(6), last=D(6), known_ms=1000
        )

    def test_a_value_from_before_the_window_holds_in_it(self) -> None:
        steps: list[Step] = [(100, D(4)), (200, D(2)), (1500, D(6))]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(D(4000), D(2), D(6), D(6), 1000)

    def test_unknown_intervals_are_left_out_of_the_mean(self) -> None:
        steps: list[Step] = [(1200, D(2)), (1300, None), (1800, D(4)), (1900, None)]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(D(600), D(2), D(4), None, 200)

    def test_a_window_that_is_entirely_unknown_has_no_value(self) -> None:
        assert time_weighted([], 1000, 2000) is None
        assert time_weighted([(500, D(1)), (900, None), (2000, D(1))], 1000, 2000) is None

    def test_of_steps_at_the_same_millisecond_the_last_counts(self) -> None:
        steps: list[Step] = [(1000, D(1)), (1500, D(99)), (1500, D(3))]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(D(2000), D(1), D(3), D(3), 1000)

    def test_a_step_at_the_windows_end_belongs_to_the_next(self) -> None:
        steps: list[Step] = [(1000, D(1)), (2000, D(99))]
        assert time_weighted(steps, 1000, 2000) == TimeWeighted(D(1000), D(1), D(1), D(1), 1000)

    def test_the_mean_is_weighted_by_time(self) -> None:
        found = time_weighted([(1000, D(2)), (1750, D(6))], 1000, 2000)
        assert found is not None
        assert found.mean == 3.0

    def test_zero_is_a_value(self) -> None:
        assert time_weighted([(1000, D(0))], 1000, 2000) == TimeWeighted(
            D(0), D(0), D(0), D(0), 1000
        )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], 0),
        ([(0, D(1))], 1000),
        ([(1400, D(1))], 600),
        ([(0, D(1)), (1100, None), (1900, D(0))], 200),
        ([(0, None)], 0),
        ([(2000, D(1))], 0),
    ],
)
def test_synced_is_the_part_of_the_window_in_which_the_book_was_known(
    steps: list[Step], expected: int
) -> None:
    assert synced_ms(steps, 1000, 2000) == expected
