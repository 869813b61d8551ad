"""How faults change the answers of REST: error bodies, empty pages and poisoned rows.

Pure: takes pages and returns other pages.
"""

from collections.abc import Sequence

from simulator.engine.fault_state import Fault
from simulator.errors import ApiError

HTML = b"<html><head><title>Maintenance</title></head><body>Please come back later.</body></html>"
"""The body of an answer that is not JSON, with status 200."""
PAGES = ("historicalTrades", "fapi/historicalTrades")
"""The endpoints with an empty page or a poisoned row when the fault names none."""

_LONG_PRICE = "0.0000000000000000000000000000001"
"""31 digits after the point: no valid decimal of the exchange."""
_MICROSECONDS = 1_000
_RESTRICTED = 451
_TEXTS = {
    -1121: "Invalid symbol.",
    -1003: "Too much request weight used; please use WebSocket Streams for live updates.",
}


def refused(fault: Fault, real_ms: int) -> ApiError:
    """Return the answer of a `rest_error`.

    Args:
        fault: its first answer sets the end of a ban.
        real_ms: epoch milliseconds, on the clock of the ban.
    """
    spec = fault.spec
    code, text = spec.code, _TEXTS.get(spec.code, "")
    if spec.ban_seconds:
        fault.banned_until_ms = fault.banned_until_ms or real_ms + round(spec.ban_seconds * 1000)
        code = -1003
        text = (
            f"Way too much request weight used; IP banned until {fault.banned_until_ms}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
    elif spec.status == _RESTRICTED:
        code, text = 0, "Service unavailable from a restricted location."
    text = text or "An unknown error occurred while processing the request."
    return ApiError(code, text, spec.status, spec.retry_after_seconds)


def is_page(answer: object) -> bool:
    """Return whether an answer is a list of at least one trade or aggregate."""
    return isinstance(answer, list) and bool(answer) and isinstance(answer[0], dict)


def poisoned(fault: Fault, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Return a page with one bad row; unchanged when the fault's row is not in it."""
    place = _place(fault.spec.trade_id, rows)
    if place is None:
        return list(rows)
    fault.hit()
    row = rows[place]
    return [*rows[:place], row | _poison(fault.spec.variant, row), *rows[place + 1 :]]


def _place(trade_id: int, rows: Sequence[dict[str, object]]) -> int | None:
    if not trade_id:
        return len(rows) // 2
    ids = (row.get("id", row.get("a")) for row in rows)
    return next((place for place, row_id in enumerate(ids) if row_id == trade_id), None)


def _poison(variant: str, row: dict[str, object]) -> dict[str, object]:
    price, quantity, time = ("price", "qty", "time") if "price" in row else ("p", "q", "T")
    if variant == "long_price":
        return {price: _LONG_PRICE}
    if variant == "zero_quantity":
        return {quantity: "0.00000000"}
    if variant == "microseconds":
        return {time: int(str(row[time])) * _MICROSECONDS}
    return {price: "0.00000000"}
