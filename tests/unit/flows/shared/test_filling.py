"""Which absent ids are fetched, and what is reported of them."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.feeds.venue import RestError
from flows.shared import filling
from flows.shared.filling import Filled, Filler, absent_ranges
from market.dictionary.records import Trade
from tests.support.trades import MARKET, START_MS, SYMBOL, RowsHistory

TIMES = range(START_MS, START_MS + 1_000)


class Exchange(RowsHistory):
    """Has some ids, answers in pages, and may break down after some calls."""

    page_trades = 2

    def __init__(self, ids: Sequence[int], breaks_after: int = 1_000) -> None:
        self.ids = ids
        self.breaks_after = breaks_after
        self.prices: dict[int, object] = {}
        self.calls: list[tuple[int, int]] = []

    def history_rows(self, symbol: str, from_id: int, limit: int) -> list[object]:
        assert symbol == SYMBOL
        self.calls.append((from_id, limit))
        if len(self.calls) > self.breaks_after:
            raise RestError("REST historicalTrades: no answer")
        page = [one for one in self.ids if one >= from_id][:limit]
        return [
            {
                "id": one,
                "price": self.prices.get(one, "61838.1"),
                "qty": "0.5",
                "time": START_MS + one,
                "isBuyerMaker": True,
            }
            for one in page
        ]


class Bronze:
    """Remembers what is appended."""

    def __init__(self, *ids: int) -> None:
        self.there = set(ids)
        self.commits: list[list[int]] = []
        self.missing: dict[int, int | None] = {}

    def times(self, market: str, symbol: str, ids: range, times_ms: range) -> dict[int, int]:
        assert (market, symbol, times_ms) == (MARKET, SYMBOL, TIMES)
        return {one: START_MS + one for one in self.there.intersection(ids)}

    def append(self, trades: Sequence[Trade]) -> int:
        new = [trade.trade_id for trade in trades if trade.trade_id not in self.there]
        self.there.update(new)
        self.commits.append(new)
        self.missing |= {trade.trade_id: trade.missing_before for trade in trades}
        return len(new)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "CHUNK_TRADES", 3)


def fill(
    exchange: Exchange, bronze: Bronze, ids: range, *, first_known: bool = True
) -> tuple[Filled, list[int]]:
    reports: list[int] = []
    filler = Filler(exchange, bronze)  # type: ignore[arg-type]
    return filler.fill(SYMBOL, ids, TIMES, reports.append, first_known=first_known), reports


def test_absent_ids_are_the_spans_between_those_that_are_there() -> None:
    assert list(absent_ranges(range(1, 10), [4, 3, 9])) == [range(1, 3), range(5, 9)]
    assert list(absent_ranges(range(1, 10), [])) == [range(1, 10)]
    assert list(absent_ranges(range(1, 3), [1, 2])) == []
    assert list(absent_ranges(range(0), [])) == []


def test_what_is_absent_is_fetched_in_pages_and_appended_in_chunks() -> None:
    exchange, bronze = Exchange(range(100)), Bronze(5, 11)
    filled, reports = fill(exchange, bronze, range(5, 13))
    assert filled == Filled(8, 6, 0, START_MS + 6, START_MS + 12)
    assert exchange.calls == [(6, 2), (8, 2), (10, 1), (12, 1)]
    assert bronze.commits == [[6, 7, 8, 9], [10, 12]]
    assert reports == [2, 6, 8]


def test_what_is_there_costs_no_request() -> None:
    exchange = Exchange(range(100))
    filled, _ = fill(exchange, Bronze(*range(5, 13)), range(5, 13))
    assert filled == Filled(8, 0, 0, 0, 0)
    assert exchange.calls == []


@pytest.mark.parametrize(
    ("known", "appended"),
    [((), 0), ((3, 4, 40), 0), ((6, 40), 1), ((6, 12), 2), (range(8), 2)],
    ids=str,
)
def test_ids_that_the_exchange_lacks_are_counted(known: Sequence[int], appended: int) -> None:
    filled, _ = fill(Exchange(known), Bronze(), range(5, 13))
    assert (filled.appended, filled.absent) == (appended, 8 - appended)


def test_what_came_before_a_breakdown_is_kept_and_not_fetched_again() -> None:
    bronze = Bronze()
    with pytest.raises(RestError, match="no answer"):
        fill(Exchange(range(100), breaks_after=3), bronze, range(5, 13))
    assert bronze.commits == [[5, 6, 7, 8]]
    exchange = Exchange(range(100))
    filled, _ = fill(exchange, bronze, range(5, 13))
    assert filled == Filled(8, 4, 0, START_MS + 9, START_MS + 12)
    assert exchange.calls[0] == (9, 2)


@pytest.mark.parametrize("price", ["0.00000000", "1234567890123456789012.123456789", 5.5, None])
def test_a_trade_that_no_column_holds_costs_one_id(price: object) -> None:
    exchange, bronze = Exchange(range(100)), Bronze()
    exchange.prices[8] = price
    filled, _ = fill(exchange, bronze, range(5, 13))
    assert (filled.wanted, filled.appended, filled.absent) == (8, 7, 0)
    assert list(filled.refused) == [8]
    assert filled.refused[8]
    assert bronze.missing[9] == 1
    assert bronze.there == {5, 6, 7, 9, 10, 11, 12}


def test_a_page_of_nothing_but_such_trades_does_not_end_the_history() -> None:
    exchange, bronze = Exchange(range(100)), Bronze()
    exchange.prices |= {5: "0", 6: "0"}
    filled, _ = fill(exchange, bronze, range(5, 9))
    assert (filled.appended, list(filled.refused)) == (2, [5, 6])


@pytest.mark.parametrize(("first_known", "first"), [(True, 1), (False, None)])
def test_each_trade_says_what_is_missing_before_it(first_known: bool, first: int | None) -> None:
    bronze = Bronze(9)
    fill(Exchange([6, 7, 11, 12]), bronze, range(5, 13), first_known=first_known)
    assert bronze.missing == {6: first, 7: 0, 11: 1, 12: 0}


class Mistimed(Exchange):
    """Gives some trades with a time that is wrong by some milliseconds."""

    def __init__(self, ids: Sequence[int], wrong_ms: dict[int, int]) -> None:
        super().__init__(ids)
        self.wrong_ms = wrong_ms

    def history_rows(self, symbol: str, from_id: int, limit: int) -> list[object]:
        rows: list[dict[str, Any]] = super().history_rows(symbol, from_id, limit)  # type: ignore[assignment]
        return [row | {"time": row["time"] + self.wrong_ms.get(row["id"], 0)} for row in rows]


@pytest.mark.parametrize("wrong_ms", [5_000, -5_000, 40])
def test_a_trade_at_an_impossible_time_is_absent_and_not_refused_for_ever(wrong_ms: int) -> None:
    bronze = Bronze(1, 9)
    filled, _ = fill(Mistimed(range(1, 10), {4: wrong_ms}), bronze, range(1, 10))
    assert 4 in filled.misplaced
    assert filled.absent == len(filled.misplaced)
    assert not filled.refused
    assert bronze.there.isdisjoint(filled.misplaced)


def test_a_trade_that_bronze_contradicts_is_not_appended() -> None:
    bronze = Bronze(*range(2, 10))
    filled, _ = fill(Mistimed(range(1, 10), {1: 5}), bronze, range(1, 2))
    assert (list(filled.misplaced), bronze.commits) == ([1], [])


@pytest.mark.parametrize("wrong_id", range(201, 602, 50))
def test_a_trade_at_an_impossible_time_costs_itself_wherever_pages_and_commits_end(
    wrong_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "CHUNK_TRADES", 300)
    exchange = Mistimed(range(1_000), {wrong_id: 300})
    exchange.page_trades = 150
    bronze = Bronze(0, 801)
    filled, _ = fill(exchange, bronze, range(1, 801))
    assert list(filled.misplaced) == [wrong_id]
    assert (filled.appended, filled.absent) == (799, 1)


def test_a_trade_that_no_later_one_follows_is_left_for_another_look() -> None:
    bronze = Bronze(0)
    filled, _ = fill(Mistimed(range(8), {7: 300}), bronze, range(1, 13))
    assert bronze.there == {*range(7)}
    assert (filled.absent, filled.misplaced) == (6, {})


def test_the_trade_after_one_at_an_impossible_time_says_that_one_is_missing() -> None:
    bronze = Bronze(1, 9)
    fill(Mistimed(range(1, 10), {4: 5_000}), bronze, range(1, 10))
    assert bronze.missing == {2: 0, 3: 0, 5: 1, 6: 0, 7: 0, 8: 0}
