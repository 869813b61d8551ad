from market.books.checks import Audit, BookTicker, audit, cross_check
from market.books.order_book import OrderBook
from tests.support.depth import ASKS, BIDS, snapshot, spot


def ticker(update_id: int, bid_size: str = "1.00000000", ask_price: str = "101.0") -> BookTicker:
    return BookTicker.from_wire(update_id, "100.00", bid_size, ask_price, "1.000")


class TestCrossCheck:
    def test_equal_numbers_at_the_same_id_do_not_differ(self) -> None:
        assert cross_check(OrderBook(snapshot(10)), ticker(10)) == ()

    def test_another_update_id_says_nothing(self) -> None:
        assert cross_check(OrderBook(snapshot(10)), ticker(11)) is None

    def test_a_difference_is_reported_with_expectation_and_finding(self) -> None:
        assert cross_check(OrderBook(snapshot(10)), ticker(10, "2", "102")) == (
            "best bid: expected 100.00000000 x 2.00000000, found 100.00000000 x 1.00000000",
            "best ask: expected 102.00000000 x 1.00000000, found 101.00000000 x 1.00000000",
        )

    def test_a_side_without_a_level_differs(self) -> None:
        found = cross_check(OrderBook(snapshot(10, asks={})), ticker(10))
        assert found == ("best ask: expected 101.00000000 x 1.00000000, found none",)


class TestAudit:
    def test_equal_levels_match_in_full(self) -> None:
        found = audit(OrderBook(snapshot(10)), snapshot(10))
        assert found == Audit(10, compared=12, matched=12)
        assert found.match_percent == 100.0

    def test_a_wrong_size_a_ghost_and_a_missing_level_are_each_counted(self) -> None:
        mine = OrderBook(snapshot(10, {**BIDS, 100: 9}, {**ASKS, 107: 1}))
        theirs = snapshot(10, BIDS, dict.fromkeys((101, 102, 104, 107), 1))
        found = audit(mine, theirs)
        # Bids: 6 prices, one size is wrong. Asks: 7 prices, equal at 101 and 107 only.
        assert (found.compared, found.matched) == (13, 7)

    def test_only_what_both_prove_is_compared(self) -> None:
        deeper = {**BIDS, 94: 1, 93: 1}
        assert audit(OrderBook(snapshot(10)), snapshot(10, deeper)).compared == 12
        assert audit(OrderBook(snapshot(10, deeper)), snapshot(10)).compared == 12

    def test_prices_of_a_straddling_diff_are_left_out(self) -> None:
        theirs = snapshot(10, {**BIDS, 100: 9})
        found = audit(OrderBook(snapshot(10)), theirs, spot(9, 12, {100: 9}, {101: 3}))
        assert (found.compared, found.matched) == (10, 10)

    def test_nothing_to_compare_is_not_a_match(self) -> None:
        assert audit(OrderBook(snapshot(10, {}, {})), snapshot(10, {}, {})).match_percent is None
