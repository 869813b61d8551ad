"""Lasting faults, and the alerts of their beginning and end. Pure.

A watch runs every few minutes and finds the same fault each time. It raises an alert when the fault
begins, once a day while it lasts, and when it is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.dictionary.alerts import Alert, AlertKind, Severity

REMIND_AFTER_MS = 86_400_000
"""A fault that lasts this long is reported again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be, now.

    Attributes:
        check_name: what is wrong; with the three names below it says which fault it is.
        table_name: with its layer; empty when no table is concerned.
        symbol: empty when no single one is concerned; `market` likewise.
        detail: what was expected and what was found, in words.
        from_time_ms: since when, epoch milliseconds, as far as was checked.
    """

    check_name: str
    severity: Severity
    detail: str
    table_name: str = ""
    market: str = ""
    symbol: str = ""
    from_time_ms: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Which fault it is, however often it is found."""
        return (self.check_name, self.table_name, self.market, self.symbol)

    def __str__(self) -> str:
        """Return what is wrong where."""
        where = " ".join(part for part in (self.table_name, self.market, self.symbol) if part)
        return f"{self.check_name}{f' of {where}' if where else ''}: {self.detail}"


def still_open(alerts: Iterable[Alert]) -> dict[tuple[str, str, str, str], Alert]:
    """Return the newest alert of each fault that was reported and is not over.

    Args:
        alerts: of any kind and in any order; a day of them is enough.
    """
    newest: dict[tuple[str, str, str, str], Alert] = {}
    for one in sorted(alerts, key=lambda one: one.raised_at_ms):
        if one.alert is AlertKind.WATCH:
            newest[(one.check_name, one.table_name, one.market, one.symbol)] = one
    return {key: one for key, one in newest.items() if one.severity is not Severity.RESOLVED}


def changes(faults: Sequence[Fault], reported: Iterable[Alert], now_ms: int) -> list[Alert]:
    """Return an alert for each fault that is not reported yet, and one for each that is over.

    Args:
        faults: found now.
        reported: the alerts of the last `REMIND_AFTER_MS`; what is older is reported again.
        now_ms: our clock.
    """
    known = still_open(reported)
    found = {one.key: one for one in faults}
    begun = [_alert(one, now_ms) for key, one in found.items() if key not in known]
    over = [_over(one, now_ms) for key, one in known.items() if key not in found]
    return begun + over


def _alert(fault: Fault, now_ms: int) -> Alert:
    return Alert(
        alert=AlertKind.WATCH,
        severity=fault.severity,
        market=fault.market,
        symbol=fault.symbol,
        table_name=fault.table_name,
        check_name=fault.check_name,
        detail=str(fault),
        from_time_ms=fault.from_time_ms or now_ms,
        to_time_ms=now_ms,
        raised_at_ms=now_ms,
    )


def _over(reported: Alert, now_ms: int) -> Alert:
    return Alert(
        alert=AlertKind.WATCH,
        severity=Severity.RESOLVED,
        market=reported.market,
        symbol=reported.symbol,
        table_name=reported.table_name,
        check_name=reported.check_name,
        detail=f"over: {reported.detail}",
        from_time_ms=reported.from_time_ms,
        to_time_ms=now_ms,
        raised_at_ms=now_ms,
    )
