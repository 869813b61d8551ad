"""Two connections that carry the same diffs for a while."""

from connectors.feeds.events import DepthReceived
from connectors.feeds.overlap import Overlap


def diff(
    last: int, symbol: str = "BTCUSDT", size: str = "1", previous: int | None = None
) -> DepthReceived:
    """A diff of ten ids."""
    return DepthReceived(symbol, 1_000 + last, last - 9, last, [("100", size)], [], previous)


def test_equal_and_different_diffs_are_counted_by_their_last_id() -> None:
    overlap = Overlap(0)
    for last in (10, 20, 30):
        overlap.on_old(diff(last))
    overlap.on_new(diff(20), 5)
    overlap.on_new(diff(30, size="2"), 5)
    overlap.on_new(diff(40), 5)
    compared = overlap.compare()
    assert (compared.equal, compared.different) == (1, 1)


def test_symbols_are_not_mixed_up() -> None:
    overlap = Overlap(0)
    overlap.on_old(diff(10, "ETHUSDT", size="7"))
    overlap.on_new(diff(10, "BTCUSDT"), 5)
    assert overlap.compare().different == 0


def test_a_book_can_continue_when_nothing_is_missing_before_the_first_kept_diff() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(30), 5)
    overlap.on_new(diff(40), 5)
    assert not overlap.continues({"BTCUSDT": 19})
    assert overlap.continues({"BTCUSDT": 20})
    assert overlap.continues({"BTCUSDT": 35})


def test_sparse_ids_continue_from_the_diff_before() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(300, previous=120), 5)
    assert not overlap.continues({"BTCUSDT": 119})
    assert overlap.continues({"BTCUSDT": 120})


def test_books_that_are_not_live_need_no_continuation() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(30), 5)
    assert overlap.continues({})
    assert Overlap(0).continues({"BTCUSDT": 1})
