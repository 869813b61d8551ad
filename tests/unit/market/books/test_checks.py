"""A book beside what else the exchange says, and best bids and asks that are ahead of it."""

from market.books.checks import Audit, BookTicker, audit, cross_check
from market.books.order_book import OrderBook
from market.books.tickers import MAX_WAITING, KeptTickers
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


def empty_ticker(update_id: int) -> BookTicker:
    return BookTicker(update_id, (1, 1), (2, 1))


def test_a_diff_meets_the_ticker_with_its_last_id_and_drops_the_earlier_ones() -> None:
    kept = KeptTickers()
    for update_id in (11, 13, 15):
        kept.keep(empty_ticker(update_id))
    assert kept.take(12) is None
    assert kept.take(13) == empty_ticker(13)
    assert kept.take(13) is None
    assert kept.are_ahead_of(14)
    assert not kept.are_ahead_of(15)


def test_two_that_swapped_places_still_show_the_newest() -> None:
    kept = KeptTickers()
    kept.keep(empty_ticker(15))
    kept.note(13)
    assert kept.are_ahead_of(14)


def test_one_absurd_id_does_not_decide_for_long() -> None:
    kept = KeptTickers()
    kept.keep(empty_ticker(9_000_000_000_000))
    kept.note(13)
    kept.note(14)
    assert kept.are_ahead_of(13)
    assert not kept.are_ahead_of(14)


def test_a_diff_that_cannot_be_read_is_ahead_until_the_next_one() -> None:
    kept = KeptTickers()
    kept.miss_diff()
    kept.note(13)
    kept.note(13)
    assert kept.are_ahead_of(9_000_000)
    kept.on_diff()
    assert not kept.are_ahead_of(13)


def test_the_number_kept_is_bounded() -> None:
    kept = KeptTickers()
    for update_id in range(MAX_WAITING + 5):
        kept.keep(empty_ticker(update_id))
    assert kept.take(MAX_WAITING - 1) is not None
    assert kept.take(MAX_WAITING + 4) is None
