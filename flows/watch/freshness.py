"""How old each symbol's newest known window is, by the market's clock. Silence is red.

Every symbol that should be there is checked, so one of which nothing ever came is noticed. Windows
in which nothing is known do not count: a symbol that cannot be proven has one each minute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import requests

from expectations.bounds import Freshness, read_bounds
from flows.shared.exchange import LIVE
from flows.shared.gold import Scope
from flows.watch.connectors import Followed
from flows.watch.faults import Fault
from market.dictionary.alerts import Severity
from sql import statement
from stores.trino import query
from stores.trino_literals import instant

FRESH = "fresh"

_KNOWN = {"candles_1m": "trade_count > 0", "liquidity_1m": "synced_ms > 0"}
"""The condition that something of the market is known in a window, by table."""

_LOOKBACK_MS = 3_600_000
_SEEN_LATELY_MS = 2 * 86_400_000
_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Newest:
    """How far a table's symbols have come: the end of each one's newest known window, epoch ms."""

    table_name: str
    ends_ms: dict[tuple[str, str], int]


def market_clock_ms(exchange: str, now_ms: int) -> int:
    """Return the time that a market's newest windows should be near.

    Args:
        exchange: ``live``, a simulator's address, whose clock may be any, or empty.
        now_ms: our clock, which is near the live exchange's, and by which a silent simulator is
            judged.
    """
    if exchange in ("", LIVE):
        return now_ms
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{exchange}/control/status", timeout=_TIMEOUT_S)
            return int(answer.json()["clock_ms"])
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return now_ms


def read_newest(scope: Scope, table_name: str, clock_ms: int) -> Newest:
    """Return how far the symbols of a silver table have come that had a known window lately.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    return Newest(table_name, _ends_ms(scope, table_name, clock_ms - _LOOKBACK_MS))


def seen_lately(scope: Scope, clock_ms: int) -> list[Followed]:
    """Return what had windows in the last two days: what should be there if no connector answers.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    return [
        Followed(market, symbol, table_name)
        for table_name in _KNOWN
        for market, symbol in _ends_ms(scope, table_name, clock_ms - _SEEN_LATELY_MS)
    ]


def _ends_ms(scope: Scope, table_name: str, since_ms: int) -> dict[tuple[str, str], int]:
    names = scope.names() | {
        "table": table_name,
        "known": _KNOWN[table_name],
        "start": instant(_moment(since_ms)),
    }
    rows: Sequence[Sequence[Any]] = query(
        scope.trino_url, statement("flows/watch/newest.sql", names)
    ).rows
    return {(market, symbol): end_ms for market, symbol, end_ms in rows}


def stale(followed: Sequence[Followed], newest: Newest, clock_ms: int) -> Iterator[Fault]:
    """Yield a fault for each symbol that is silent, or one for a market that is silent as a whole.

    Args:
        followed: what should be there, of any table.
        newest: how far one table's symbols have come.
        clock_ms: the market's clock.
    """
    bound = read_bounds().freshness[newest.table_name]
    own = sorted(
        (one for one in followed if one.table_name == newest.table_name),
        key=lambda one: (one.market, one.symbol),
    )
    for market, group in groupby(own, key=lambda one: one.market):
        symbols = [one.symbol for one in group]
        silent = [
            symbol
            for symbol in symbols
            if clock_ms - newest.ends_ms.get((market, symbol), 0) > bound.seconds * 1_000
        ]
        if len(silent) == len(symbols):
            last = max((newest.ends_ms.get((market, one), 0) for one in symbols), default=0)
            yield _fault(newest.table_name, market, "", last, clock_ms, bound)
        else:
            for symbol in silent:
                last = newest.ends_ms.get((market, symbol), 0)
                yield _fault(newest.table_name, market, symbol, last, clock_ms, bound)


def _fault(
    table_name: str, market: str, symbol: str, last_ms: int, clock_ms: int, bound: Freshness
) -> Fault:
    last = f"its newest ends at {_moment(last_ms):%Y-%m-%d %H:%M:%S} UTC"
    never = f"none that ends after {_moment(clock_ms - _LOOKBACK_MS):%Y-%m-%d %H:%M} UTC"
    return Fault(
        check_name=FRESH,
        severity=Severity.WARNING if symbol else Severity.ERROR,
        detail=f"expected a window with something known in it within {bound.seconds} s of "
        f"{_moment(clock_ms):%Y-%m-%d %H:%M:%S} UTC, found {last if last_ms else never}; "
        f"{bound.reason}",
        table_name=f"silver.{table_name}",
        market=market,
        symbol=symbol,
        from_time_ms=last_ms or clock_ms - _LOOKBACK_MS,
    )


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)
