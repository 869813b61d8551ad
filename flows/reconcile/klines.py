"""Reconcile the lake's minutes with the exchange's own candles, asked for by REST.

The only check of which one side does not come from our own code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from connectors.binance.rest import PAGE_KLINES, Kline, SpotRest
from connectors.binance.venues import SPOT
from flows.reconcile.kline_comparison import MINUTE_MS, Minute, compare
from flows.shared.findings import Finding, Range
from flows.shared.gold import Scope
from sql import statement
from stores.trino import query
from stores.trino_literals import instant

NAME = "klines"
NO_EXCHANGE = (
    "klines: not checked: no exchange configured; set TIDEMARK_EXCHANGE to `live` or a simulator's "
    "address"
)


@dataclass(slots=True)
class KlineCheck:
    """What was found, and what could not be checked."""

    findings: list[Finding] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)


def check_klines(scope: Scope, rest: SpotRest | None, span: Range) -> KlineCheck:
    """Compare the minutes of every spot symbol with the exchange's.

    Args:
        scope: whose symbols are compared.
        rest: the exchange; None when there is none to ask, and nothing is compared.
        span: of event time.

    Raises:
        RestError: the exchange does not answer.
        QueryError: Trino refused or does not answer.
    """
    check = KlineCheck()
    if rest is None:
        check.not_checked.append(NO_EXCHANGE)
        return check
    known = rest.symbols()
    for market, symbol, minutes in _by_symbol(scope, span):
        if market != SPOT.market:
            check.not_checked.append(
                f"klines: {symbol} of {market} not checked: only candles of {SPOT.market} are known"
            )
            continue
        if symbol not in known:
            check.not_checked.append(f"klines: {symbol} not checked: unknown to the exchange")
            continue
        finding = _compare_symbol(rest, minutes)
        if finding is None:
            check.not_checked.append(
                f"klines: {symbol} not checked: the exchange's candles begin later"
            )
        else:
            check.findings.append(finding)
    return check


def _by_symbol(scope: Scope, span: Range) -> Iterator[tuple[str, str, list[Minute]]]:
    names = {"start": instant(span.start), "end": instant(span.end)}
    text = statement("flows/reconcile/klines.sql", scope.names() | names)
    found = query(scope.trino_url, text)
    rows: Sequence[Minute] = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    for (market, symbol), minutes in groupby(rows, key=lambda row: (row["market"], row["symbol"])):
        yield str(market), str(symbol), list(minutes)


def _compare_symbol(rest: SpotRest, minutes: Sequence[Minute]) -> Finding | None:
    """Compare one symbol since the exchange has it; None when that is after the span."""
    one: dict[str, Any] = dict(minutes[0])
    symbol, end_ms = one["symbol"], one["to_time_ms"]
    start_ms = _known_since(rest, symbol, one["from_time_ms"], end_ms)
    if start_ms >= end_ms:
        return None
    kept = [row for row in minutes if (row["open_time_ms"] or 0) >= start_ms]
    result = compare(kept, _pages(rest, symbol, start_ms, end_ms))
    return Finding(
        check_name=NAME,
        table_name="silver.candles_1m",
        market=one["market"],
        symbol=symbol,
        from_time_ms=start_ms,
        to_time_ms=end_ms,
        expected_rows=result.expected,
        found_rows=result.found,
        missing_rows=result.missing,
        surplus_rows=result.surplus,
        wrong_rows=result.wrong,
        detail=result.detail,
    )


def _known_since(rest: SpotRest, symbol: str, start_ms: int, end_ms: int) -> int:
    """Return since when the exchange has the symbol: not before its listing.

    A simulator's market begins when the simulator does, possibly within a minute.
    """
    first = rest.klines(symbol, "1m", 0, end_ms, limit=1)
    if not first:
        return end_ms
    listed_ms = first[0].open_time
    return start_ms if listed_ms < start_ms else listed_ms + MINUTE_MS


def _pages(rest: SpotRest, symbol: str, start_ms: int, end_ms: int) -> Iterator[Kline]:
    while start_ms < end_ms:
        page = rest.klines(symbol, "1m", start_ms, end_ms)
        yield from page
        if len(page) < PAGE_KLINES:
            return
        start_ms = page[-1].open_time + MINUTE_MS
