"""Best bids and asks that wait for their diff."""

from market.books.checks import BookTicker
from market.books.tickers import MAX_WAITING, KeptTickers


def ticker(update_id: int) -> BookTicker:
    return BookTicker(update_id, (1, 1), (2, 1))


def test_a_diff_meets_the_ticker_with_its_last_id_and_drops_the_earlier_ones() -> None:
    kept = KeptTickers()
    for update_id in (11, 13, 15):
        kept.keep(ticker(update_id))
    assert kept.take(12) is None
    assert kept.take(13) == ticker(13)
    assert kept.take(13) is None
    assert kept.are_ahead_of(14)
    assert not kept.are_ahead_of(15)


def test_two_that_swapped_places_still_show_the_newest() -> None:
    kept = KeptTickers()
    kept.keep(ticker(15))
    kept.note(13)
    assert kept.are_ahead_of(14)


def test_one_absurd_id_does_not_decide_for_long() -> None:
    kept = KeptTickers()
    kept.keep(ticker(9_000_000_000_000))
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
        kept.keep(ticker(update_id))
    assert kept.take(MAX_WAITING - 1) is not None
    assert kept.take(MAX_WAITING + 4) is None
