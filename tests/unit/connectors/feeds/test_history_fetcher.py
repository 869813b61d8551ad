import threading

from connectors.feeds.history_fetcher import HistoryFetcher
from connectors.feeds.venue import RestError
from market.trades.backfills import BackfillRequest
from tests.contract.connectors.binance.exchange import entry
from tests.support.trades import START_MS, SYMBOL, RowsHistory


class History(RowsHistory):
    """The exchange's history; it may lag behind, lack ids or break down after some calls."""

    page_trades = 3

    def __init__(self, *ids: int, lag_calls: int = 0, breaks_after: int | None = None) -> None:
        self._ids = ids
        self._lag_calls = lag_calls
        self._breaks_after = breaks_after
        self.calls: list[tuple[int, int]] = []

    def history_rows(self, symbol: str, from_id: int, limit: int) -> list[object]:
        assert symbol == SYMBOL
        self.calls.append((from_id, limit))
        if self._breaks_after is not None and len(self.calls) > self._breaks_after:
            raise RestError("REST historicalTrades: no answer")
        known = self._ids[:-1] if len(self.calls) <= self._lag_calls else self._ids
        page = [trade_id for trade_id in known if trade_id >= from_id][:limit]
        return [entry(trade_id) for trade_id in page]


def fetch(
    history: History, from_id: int, to_id: int | None, max_trades: int = 100
) -> tuple[list[int], str]:
    stopping = threading.Event()
    stopping.wait = lambda timeout=None: False  # type: ignore[method-assign]
    fetcher = HistoryFetcher(history, max_trades, stopping)  # type: ignore[arg-type]
    result = fetcher.fetch(BackfillRequest(SYMBOL, from_id, to_id))
    return [trade.trade_id for trade in result.trades], result.failure


def test_a_range_is_fetched_page_by_page_and_no_further() -> None:
    history = History(*range(10, 30))
    assert fetch(history, 11, 17) == ([11, 12, 13, 14, 15, 16, 17], "")
    assert history.calls == [(11, 3), (14, 3), (17, 1)]


def test_a_gap_in_the_history_is_no_failure() -> None:
    ids, failure = fetch(History(10, 11, 15, 16), 11, 14)
    assert failure == ""
    assert ids[0] == 11


def test_history_that_lags_behind_the_stream_is_asked_again() -> None:
    assert fetch(History(10, 11, 12, lag_calls=2), 11, 12) == ([11, 12], "")


def test_history_that_stays_behind_is_given_up_with_what_there_is() -> None:
    ids, failure = fetch(History(10, 11), 11, 12)
    assert ids == [11]
    assert failure == "the exchange's history ends before id 12"


def test_a_breakdown_keeps_the_pages_before_it() -> None:
    ids, failure = fetch(History(*range(10, 30), breaks_after=1), 11, 20)
    assert ids == [11, 12, 13]
    assert failure == "REST historicalTrades: no answer"


def test_a_look_up_ends_at_the_newest_trade() -> None:
    assert fetch(History(*range(10, 16)), 11, None) == ([11, 12, 13, 14, 15], "")


def test_a_look_up_of_nothing_newer_is_empty() -> None:
    assert fetch(History(10), 11, None) == ([], "")


def test_a_look_up_stops_at_the_allowance_and_says_so() -> None:
    ids, failure = fetch(History(*range(10, 30)), 11, None, max_trades=5)
    assert ids == [11, 12, 13, 14, 15, 16]
    assert failure == "stopped after 6 trades"


def test_fetched_trades_are_marked_as_backfill_with_the_takers_side() -> None:
    stopping = threading.Event()
    fetcher = HistoryFetcher(History(11), 9, stopping)  # type: ignore[arg-type]
    (trade,) = fetcher.fetch(BackfillRequest(SYMBOL, 11, 11)).trades
    assert (trade.source, trade.taker_side) == ("backfill", "sell")
    assert trade.event_time_ms == START_MS + 11


def test_a_row_that_cannot_be_stored_costs_no_other_and_no_later_page() -> None:
    class Poisoned(History):
        def history_rows(self, symbol: str, from_id: int, limit: int) -> list[object]:
            rows = super().history_rows(symbol, from_id, limit)
            return [
                entry(12) | {"price": "0.00000000"} if row == entry(12) else row for row in rows
            ]

    stopping = threading.Event()
    fetcher = HistoryFetcher(Poisoned(*range(10, 20)), 9, stopping)  # type: ignore[arg-type]
    result = fetcher.fetch(BackfillRequest(SYMBOL, 11, 15))
    assert [trade.trade_id for trade in result.trades] == [11, 13, 14, 15]
    assert [(refused.trade_id, refused.reason) for refused in result.refused] == [(12, "bad_price")]
    assert result.failure == ""


def test_an_empty_page_is_asked_for_again_before_nothing_is_newer() -> None:
    class EmptyOnce(History):
        def history_rows(self, symbol: str, from_id: int, limit: int) -> list[object]:
            rows = super().history_rows(symbol, from_id, limit)
            return rows if len(self.calls) > 1 else []

    assert fetch(EmptyOnce(10, 11, 12), 11, None) == ([11, 12], "")
    assert fetch(EmptyOnce(10, 11, 12), 11, 12) == ([11, 12], "")
