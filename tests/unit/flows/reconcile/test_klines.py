"""What the comparison with the exchange asks for, and what it says of what it could not compare."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.binance.rest import PAGE_KLINES, Kline
from flows.reconcile import klines
from flows.reconcile.kline_comparison import MINUTE_MS
from flows.reconcile.klines import NO_EXCHANGE, check_klines
from flows.shared.exchange import spot_rest
from flows.shared.findings import Range
from flows.shared.gold import Scope
from market.dictionary.names import Namespace
from stores.trino import Result
from tests.unit.flows.reconcile.test_kline_comparison import START_MS, kline, minute

SCOPE = Scope("http://trino", Namespace("check"), [], 0)
START = datetime(2023, 11, 15, tzinfo=UTC)
SPAN = Range(START, START + timedelta(minutes=1_500))
END_MS = START_MS + 1_500 * MINUTE_MS


class Exchange:
    """Stands for spot REST: a candle a minute from some minute on, and what was asked for."""

    def __init__(self, first: int = -5) -> None:
        self.first = first
        self.asked: list[tuple[int, int, int]] = []

    def symbols(self) -> frozenset[str]:
        return frozenset({"BTCUSDT"})

    def klines(
        self, symbol: str, interval: str, start_ms: int, end_ms: int, limit: int = PAGE_KLINES
    ) -> list[Kline]:
        self.asked.append((start_ms, end_ms, limit))
        first = max(self.first, -(-(start_ms - START_MS) // MINUTE_MS))
        last = (end_ms - 1 - START_MS) // MINUTE_MS
        return [kline(number) for number in range(first, min(last, first + limit - 1) + 1)]


def answer(minutes: Sequence[dict[str, Any]], symbol: str = "BTCUSDT") -> Result:
    own = {"market": "binance-spot", "symbol": symbol}
    span = {"from_time_ms": START_MS, "to_time_ms": END_MS}
    rows = [own | span | one for one in minutes]
    return Result(list(rows[0]), [list(row.values()) for row in rows])


@pytest.fixture
def trino(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands for Trino, which has a minute each of the exchange's; remembers the statements."""
    statements: list[str] = []

    def query(url: str, text: str) -> Result:
        statements.append(text)
        return answer([minute(number) for number in range(1_500)])

    monkeypatch.setattr(klines, "query", query)
    return statements


def check(exchange: Any) -> klines.KlineCheck:
    return check_klines(SCOPE, exchange, SPAN)


def test_minutes_are_asked_for_page_by_page(trino: list[str]) -> None:
    exchange = Exchange()
    (found,) = check(exchange).findings
    assert (found.check_name, found.table_name) == ("klines", "silver.candles_1m")
    assert (found.expected_rows, found.found_rows, found.is_green) == (1_500, 1_500, True)
    assert exchange.asked == [
        (0, END_MS, 1),
        (START_MS, END_MS, PAGE_KLINES),
        (START_MS + PAGE_KLINES * MINUTE_MS, END_MS, PAGE_KLINES),
    ]


def test_the_statement_is_of_its_own_namespace_and_range(trino: list[str]) -> None:
    check(Exchange())
    (text,) = trino
    assert "lake.check_silver.candles_1m" in text
    assert "TIMESTAMP '2023-11-15 00:00:00 UTC'" in text


def test_without_an_exchange_nothing_is_green_and_it_is_said(trino: list[str]) -> None:
    result = check(None)
    assert (result.findings, result.not_checked) == ([], [NO_EXCHANGE])
    assert trino == []
    assert spot_rest("") is None


def test_what_was_before_the_exchange_began_is_not_compared(trino: list[str]) -> None:
    exchange = Exchange(first=10)
    (found,) = check(exchange).findings
    assert found.from_time_ms == START_MS + 11 * MINUTE_MS
    assert (found.expected_rows, found.is_green) == (1_489, True)


def test_an_exchange_that_began_after_the_range_is_no_proof(trino: list[str]) -> None:
    result = check(Exchange(first=1_500))
    assert result.findings == []
    assert result.not_checked == ["klines: BTCUSDT not checked: the exchange's candles begin later"]


def test_a_symbol_that_the_exchange_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(klines, "query", lambda url, text: answer([minute()], "GONEUSDT"))
    result = check(Exchange())
    assert result.not_checked == ["klines: GONEUSDT not checked: unknown to the exchange"]


def test_a_symbol_without_a_minute_in_the_range_lacks_all(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = dict.fromkeys(minute(), None)
    monkeypatch.setattr(klines, "query", lambda url, text: answer([nothing]))
    (found,) = check(Exchange()).findings
    assert (found.missing_rows, found.found_rows) == (1_500, 0)


def test_a_wrong_minute_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = [minute(number) for number in range(1_500)]
    minutes[7]["close"] += Decimal("0.00000001")
    monkeypatch.setattr(klines, "query", lambda url, text: answer(minutes))
    (found,) = check(Exchange()).findings
    assert (found.wrong_rows, found.detail) == (1, "2023-11-15T00:07:00Z differs in close")


def test_a_simulators_address_and_the_live_exchange_have_clients() -> None:
    assert spot_rest("http://127.0.0.1:9443") is not None
    assert spot_rest("live") is not None


def test_a_market_whose_candles_are_not_known_is_named_and_the_others_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spot = answer([minute(number) for number in range(1_500)])
    coins = [["binance-coinm", "BTCUSD_PERP", *row[2:]] for row in spot.rows[:2]]
    found = Result(spot.columns, [*coins, *spot.rows])
    monkeypatch.setattr(klines, "query", lambda url, text: found)
    result = check(Exchange())
    assert [one.symbol for one in result.findings] == ["BTCUSDT"]
    assert result.not_checked == [
        "klines: BTCUSD_PERP of binance-coinm not checked: only candles of binance-spot are known"
    ]
