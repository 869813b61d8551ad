"""Translate the faults of a plan into the simulator's own."""

from collections.abc import Sequence
from typing import Any

from verify.chaos.plan import MARKETS, Fault, Kind

SPOT, USDM = MARKETS
_SIMULATED = {SPOT: "spot", USDM: "usdm"}
DEPTH = "depth@100ms"
"""The diff stream that connectors read when nothing else is configured."""

_FIRST_ID = 1_000_000_000
_IDS_PER_SECOND = 1_000_000
"""Ids that restart later start lower, so that no id of a symbol is used twice."""


def stream_address(market: str, symbol: str, stream: str) -> str:
    """Return the simulator's address of a stream, ``trade`` or ``depth``."""
    name = f"{symbol.lower()}@{DEPTH if stream == 'depth' else stream}"
    return f"public/{name}" if market == USDM else name


def specs_of(fault: Fault, symbols: Sequence[str]) -> list[dict[str, Any]]:
    """Return a fault as JSON objects for the simulator; none of a kill.

    Args:
        fault: of the plan.
        symbols: of the market.
    """
    if fault.kind is Kind.KILL:
        return []
    if fault.kind is Kind.LAG:
        return _lags(fault, symbols)
    spec: dict[str, Any] = {"kind": _NAMES.get(fault.kind, str(fault.kind))}
    if fault.stream:
        spec["stream"] = stream_address(fault.market, fault.symbol, fault.stream)
    if fault.kind in _TIMED:
        spec["seconds"] = fault.seconds
    if fault.count:
        spec["count"] = fault.count
    if fault.kind is Kind.REST_SLOW:
        spec["delay_seconds"] = fault.seconds
    if fault.kind is Kind.IDS_ANEW:
        first_id = _FIRST_ID - int(fault.at_s * _IDS_PER_SECOND)
        spec |= {"market": _SIMULATED[fault.market], "symbol": fault.symbol, "first_id": first_id}
    named = {"connection": fault.connection, "variant": fault.variant}
    return [spec | {name: value for name, value in named.items() if value}]


_NAMES = {
    Kind.CUT_ONE: "cut",
    Kind.REST_SLOW: "slow_rest",
    Kind.REST_FAILING: "rest_error",
    Kind.REST_EMPTY: "empty_page",
    Kind.REST_HTML: "html",
    Kind.REST_POISONED: "poison_row",
    Kind.IDS_ANEW: "reset_ids",
}
_TIMED = frozenset({Kind.CUT, Kind.CUT_ONE, Kind.SHUTDOWN, Kind.SILENCE, Kind.STALL, Kind.DELAY})


def _lags(fault: Fault, symbols: Sequence[str]) -> list[dict[str, Any]]:
    """Return a load spike; of spot's trades only.

    A diff of spot has no time but that of its publication, so a late one means a different market.
    """
    spec = {"kind": "lag", "seconds": fault.seconds, "peak_seconds": float(fault.count)}
    if fault.market == USDM:
        return [{**spec, "market": _SIMULATED[USDM]}]
    return [{**spec, "stream": stream_address(SPOT, symbol, "trade")} for symbol in symbols]
