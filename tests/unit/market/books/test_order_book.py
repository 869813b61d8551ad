from dataclasses import replace

import pytest

from market.books.depth_updates import BookSnapshot
from market.books.order_book import OrderBook
from market.books.scaled_decimals import SCALE
from tests.support.depth import ASKS, BIDS, TIME_MS, Side, snapshot, spot

MANY_BIDS: Side = {1000 - step: 1 for step in range(25)}
MANY_ASKS: Side = {1001 + step: 2 for step in range(25)}


def book(bids: Side = BIDS, asks: Side = ASKS, limit: int | None = None) -> OrderBook:
    """A book at update id 10 whose time is known."""
    made = OrderBook(snapshot(9, bids, asks, limit))
    made.apply(spot(10, 10))
    return made


def prices(made: OrderBook) -> tuple[list[int], list[int]]:
    bids, asks = made.levels()
    return [price // SCALE for price, _ in bids], [price // SCALE for price, _ in asks]


class TestLevels:
    def test_levels_are_best_first_whatever_order_they_came_in(self) -> None:
        turned = OrderBook(
            snapshot(9, dict(sorted(BIDS.items())), dict(sorted(ASKS.items())[::-1]))
        )
        assert prices(turned) == ([100, 99, 98, 97, 96, 95], [101, 102, 103, 104, 105, 106])

    def test_sizes_are_absolute_and_zero_removes(self) -> None:
        made = book()
        made.apply(spot(11, 12, {100: 0, 99: 7}, {101: 5}))
        assert made.bids.levels(1) == [(99 * SCALE, 7 * SCALE)]
        assert made.asks.levels(1) == [(101 * SCALE, 5 * SCALE)]

    def test_a_level_of_size_zero_in_a_snapshot_is_no_level(self) -> None:
        assert prices(book({100: 0, 99: 1}))[0] == [99]

    def test_removing_an_unknown_level_is_normal(self) -> None:
        made = book({100: 1, 98: 1})
        before = made.digest()
        made.apply(spot(11, 12, {99: 0}))
        assert made.digest() == before

    def test_a_better_level_becomes_the_top(self) -> None:
        made = book({100: 1, 99: 1}, {105: 1, 106: 1})
        made.apply(spot(11, 12, {102: 2}, {104: 3}))
        assert (prices(made)[0][0], prices(made)[1][0]) == (102, 104)

    def test_top_levels_are_texts_best_first_and_no_more_than_are_proven(self) -> None:
        levels = book({100: 1, 99: 2}, {101: 3}).top_levels(20)
        assert levels.last_update_id == 10
        assert levels.bid_prices == ("100.00000000", "99.00000000")
        assert levels.bid_sizes == ("1.00000000", "2.00000000")
        assert (levels.ask_prices, levels.ask_sizes) == (("101.00000000",), ("3.00000000",))

    def test_equal_levels_have_equal_digests(self) -> None:
        made, other = book(), book()
        made.apply(spot(11, 11, {99: 9}))
        assert made.digest() != other.digest()
        made.apply(spot(12, 12, {99: BIDS[99]}))
        assert made.digest() == other.digest()

    def test_a_copy_is_independent(self) -> None:
        made = book()
        copied = made.copy()
        made.apply(spot(11, 11, {100: 0}))
        assert prices(copied)[0][0] == 100
        assert (copied.last_update_id, made.last_update_id) == (10, 11)


class TestProvenRange:
    def test_a_change_beyond_the_edge_is_not_remembered(self) -> None:
        made = book()
        before = made.digest()
        made.apply(spot(11, 11, {94: 50}, {107: 50}))
        assert made.digest() == before

    def test_a_change_at_the_edge_itself_is_proven(self) -> None:
        made = book()
        made.apply(spot(11, 11, {95: 0}, {106: 9}))
        assert prices(made)[0] == [100, 99, 98, 97, 96]
        assert made.asks.levels()[-1] == (106 * SCALE, 9 * SCALE)

    def test_a_removed_edge_level_does_not_move_the_edge(self) -> None:
        made = book()
        made.apply(spot(11, 11, {95: 0}))
        assert made.bids.edge_price_e8 == 95 * SCALE
        assert made.bids.proves(95 * SCALE)
        assert not made.bids.proves(94 * SCALE)

    def test_a_side_with_fewer_levels_than_requested_is_known_as_a_whole(self) -> None:
        made = book(limit=7)
        made.apply(spot(11, 11, {50: 8}, {500: 9}))
        assert made.bids.edge_price_e8 is None
        assert (prices(made)[0][-1], prices(made)[1][-1]) == (50, 500)

    def test_a_side_with_as_many_levels_as_requested_is_cut_off(self) -> None:
        assert book(limit=6).bids.edge_price_e8 == 95 * SCALE

    def test_a_top_that_passes_the_edge_is_lost_and_not_guessed(self) -> None:
        made = book()
        made.apply(spot(11, 11, dict.fromkeys(BIDS, 0) | {94: 5}))
        assert made.range_lost
        assert made.top() is None

    def test_an_empty_side_that_is_known_as_a_whole_is_not_lost(self) -> None:
        made = book(limit=7)
        made.apply(spot(11, 11, dict.fromkeys(BIDS, 0)))
        assert not made.range_lost
        assert made.top() is None

    @pytest.mark.parametrize(("gone", "near"), [((100, 99), False), ((100, 99, 98), True)])
    def test_a_snapshot_is_due_when_less_than_half_of_the_reach_is_left(
        self, gone: tuple[int, ...], *, near: bool
    ) -> None:
        made = book({100: 1, 99: 1, 98: 1, 97: 1, 96: 1})
        made.apply(spot(11, 11, dict.fromkeys(gone, 0)))
        assert made.near_edge is near

    def test_a_whole_side_never_needs_a_snapshot_for_its_reach(self) -> None:
        made = book(limit=7)
        made.apply(spot(11, 11, dict.fromkeys((100, 99, 98, 97, 96), 0)))
        assert not made.near_edge

    @pytest.mark.parametrize(("bid", "crossed"), [(100, False), (101, True), (102, True)])
    def test_a_bid_at_or_above_the_best_ask_crosses(self, bid: int, *, crossed: bool) -> None:
        made = book()
        made.apply(spot(11, 11, {bid: 1}))
        assert made.crossed is crossed


class TestTop:
    def test_the_top_gives_best_levels_sums_and_the_change_it_follows(self) -> None:
        top = book(MANY_BIDS, MANY_ASKS).top()
        assert top is not None
        assert (top.last_update_id, top.event_time_ms) == (10, TIME_MS + 10)
        assert (top.bid.price_e8, top.bid.size_e8) == (1000 * SCALE, SCALE)
        assert (top.bid.size_sum_5_e8, top.bid.size_sum_20_e8) == (5 * SCALE, 20 * SCALE)
        assert (top.ask.size_sum_5_e8, top.ask.size_sum_20_e8) == (10 * SCALE, 40 * SCALE)

    def test_without_a_diff_the_time_is_unknown_and_there_is_no_top(self) -> None:
        assert OrderBook(snapshot(9)).top() is None

    def test_a_sum_over_more_levels_than_are_proven_is_unknown(self) -> None:
        top = book().top()
        assert top is not None
        assert top.bid.size_sum_5_e8 == (1 + 2 + 3 + 4 + 5) * SCALE
        assert top.bid.size_sum_20_e8 is None

    def test_a_sum_over_a_whole_side_is_known_however_short_it_is(self) -> None:
        top = book(limit=7).top()
        assert top is not None
        assert top.bid.size_sum_20_e8 == (1 + 2 + 3 + 4 + 5 + 6) * SCALE

    def test_depth_is_unknown_where_the_band_ends_beyond_the_edge(self) -> None:
        # The mid is 1000.5: 10 bps end at 999.4995 and 1001.5005, 25 at 997.99875 and 1003.00125.
        top = book({1000: 1, 999: 1, 998: 1}, {1001: 1, 1002: 1, 1004: 1}).top()
        assert top is not None
        assert top.bid.depth_quote_10_bps_e16 == 1000 * SCALE**2
        assert top.bid.depth_quote_25_bps_e16 is None
        assert top.ask.depth_quote_10_bps_e16 == 1001 * SCALE**2
        assert top.ask.depth_quote_25_bps_e16 == 2003 * SCALE**2
        assert top.ask.depth_quote_50_bps_e16 is None

    def test_an_edge_at_the_end_of_the_band_is_enough(self) -> None:
        # The mid is 1000; 10 bps end at 999 and 1001 exactly.
        top = book({999: 2}, {1001: 3}).top()
        assert top is not None
        assert top.bid.depth_quote_10_bps_e16 == 1998 * SCALE**2
        assert top.ask.depth_quote_10_bps_e16 == 3003 * SCALE**2

    def test_the_bands_end_is_exact_to_the_last_decimal(self) -> None:
        # Twice the mid is 1.99999997: 10 bps end at 0.998999985015 and 1.000999984985.
        bids = ((99_999_998, SCALE), (99_899_999, SCALE), (99_899_998, SCALE))
        asks = ((99_999_999, SCALE), (100_099_998, SCALE), (100_099_999, SCALE))
        made = OrderBook(BookSnapshot(9, bids, asks, TIME_MS))
        made.apply(spot(10, 10))
        top = made.top()
        assert top is not None
        assert top.bid.depth_quote_10_bps_e16 == (99_999_998 + 99_899_999) * SCALE
        assert top.ask.depth_quote_10_bps_e16 == (99_999_999 + 100_099_998) * SCALE

    def test_depth_follows_the_mid(self) -> None:
        made = book(MANY_BIDS, MANY_ASKS)
        first = made.top()
        made.apply(spot(11, 11, {1000: 0, 999: 0}, {999: 4, 1000: 4}))
        moved = made.top()
        assert first is not None
        assert moved is not None
        # The mid falls from 1000.5 to 998.5: 25 bps reach down to 996.00375, up to 1000.99625.
        assert first.bid.depth_quote_25_bps_e16 == (1000 + 999 + 998) * SCALE**2
        assert moved.bid.depth_quote_25_bps_e16 == (998 + 997) * SCALE**2
        assert moved.ask.depth_quote_25_bps_e16 == 4 * (999 + 1000) * SCALE**2

    def test_the_wire_form_has_decimal_strings_and_no_key_for_unknown(self) -> None:
        top = book({100: 1, 99: 2}, {101: 12}, limit=2).top()
        assert top is not None
        value = top.value()
        assert (value["last_update_id"], value["event_time_ms"]) == (10, TIME_MS + 10)
        assert value["bid_price"] == "100.00000000"
        assert value["ask_size_sum_20"] == "12.00000000"
        assert value["ask_depth_quote_50_bps"] == "1212.0000000000000000"
        assert "bid_size_sum_5" not in value

    def test_the_same_levels_give_the_same_top(self) -> None:
        made = book(MANY_BIDS, MANY_ASKS)
        first = made.top()
        made.apply(spot(11, 11, {990: 77}, {1003: 66}))
        made.top()
        made.apply(spot(12, 12, {990: 1}, {1003: 2}))
        again = made.top()
        assert first is not None
        now_ms = TIME_MS + 12
        assert again == replace(
            first, last_update_id=12, event_time_ms=now_ms, quote_time_ms=now_ms
        )
