"""What follows from verdicts: rows of `ops.quality_results`, alerts, and an error if one is red.

Results are appended, never replaced; the newest ones of a day and table count.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from expectations.rules import Verdict
from flows.shared import ops_log
from flows.shared.findings import Range
from market.dictionary.alerts import Alert, AlertKind, Severity
from market.errors import TidemarkError
from stores.iceberg import Lake


class QualityError(TidemarkError):
    """Rows break a rule."""


def record(lake: Lake, verdicts: Sequence[Verdict], span: Range, checked_at: datetime) -> None:
    """Append verdicts in one commit; without any, nothing is committed.

    Raises:
        pyiceberg.exceptions.CommitFailedException: another writer was first; nothing was written.
    """
    from_time_ms, to_time_ms = span.bounds_ms()
    own = {"from_time_ms": from_time_ms, "to_time_ms": to_time_ms, "checked_at": checked_at}
    rows = [asdict(one) | {"is_green": one.is_green} | own for one in verdicts]
    ops_log.append(lake, "quality_results", rows)


def require_green(verdicts: Sequence[Verdict]) -> None:
    """Raise an error if any verdict is red.

    Raises:
        QualityError: with each red verdict.
    """
    red = [one for one in verdicts if not one.is_green]
    if red:
        lines = "\n".join(str(one) for one in red)
        raise QualityError(
            f"{len(red)} of {len(verdicts)} results are red; see `lake.ops.quality_results`:\n"
            f"{lines}"
        )


def alerts_of(verdicts: Sequence[Verdict], span: Range, raised_at_ms: int) -> list[Alert]:
    """Return an alert for each red verdict."""
    from_time_ms, to_time_ms = span.bounds_ms()
    return [
        Alert(
            alert=AlertKind.QUALITY,
            severity=Severity.ERROR,
            market=one.market,
            symbol=one.symbol,
            table_name=one.table_name,
            check_name=one.check_name,
            detail=str(one),
            from_time_ms=from_time_ms,
            to_time_ms=to_time_ms,
            raised_at_ms=raised_at_ms,
        )
        for one in verdicts
        if not one.is_green
    ]
