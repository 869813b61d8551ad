"""Alerts: what somebody should look at, as records of topic `alerts` and of `ops.alerts`."""

from dataclasses import dataclass
from enum import StrEnum

from market.dictionary.names import record_key
from market.dictionary.records import Value

ALERTS_VERSION = 1


class AlertKind(StrEnum):
    """Every value of the field `alert`: the proof that failed, or the watch that found a fault."""

    RECONCILIATION = "reconciliation"
    QUALITY = "quality"
    WATCH = "watch"


class Severity(StrEnum):
    """Every value of the field `severity`."""

    ERROR = "error"
    """Rows are missing, surplus or wrong."""
    WARNING = "warning"
    """Rows are right, but something needs a look before they are not."""
    RESOLVED = "resolved"
    """What an earlier alert of the same names was about is over."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One red check of one symbol in one run.

    Attributes:
        symbol: empty when the check concerns no single one; `market` likewise.
        table_name: with its layer.
        check_name: of the reconciliation, the quality suite or the watch.
        detail: what was found, in words.
        from_time_ms, to_time_ms: event time that was checked, epoch milliseconds.
        raised_at_ms: our clock at the run; with the names above it identifies the alert.
    """

    alert: AlertKind
    severity: Severity
    market: str
    symbol: str
    table_name: str
    check_name: str
    detail: str
    from_time_ms: int
    to_time_ms: int
    raised_at_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `alerts`."""
        return {
            "alert": self.alert.value,
            "severity": self.severity.value,
            "market": self.market,
            "symbol": self.symbol,
            "table_name": self.table_name,
            "check_name": self.check_name,
            "detail": self.detail,
            "from_time_ms": self.from_time_ms,
            "to_time_ms": self.to_time_ms,
            "raised_at_ms": self.raised_at_ms,
            "schema_version": ALERTS_VERSION,
        }
