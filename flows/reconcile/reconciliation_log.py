"""Write findings into `ops.reconciliations`: every check appends its row, and none is replaced.

The table is the history of proofs. A repeated check leaves the older one in place, and the newest
`checked_at` of a range counts.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from flows.shared import ops_log
from flows.shared.findings import Finding
from stores.iceberg import Lake


def record(lake: Lake, findings: Sequence[Finding], checked_at: datetime) -> None:
    """Append findings in one commit; without any, nothing is committed.

    Raises:
        pyiceberg.exceptions.CommitFailedException: another writer was first; nothing was written.
        pyiceberg.exceptions.NoSuchTableError: the lake was not migrated.
    """
    rows = [
        asdict(finding) | {"is_green": finding.is_green, "checked_at": checked_at}
        for finding in findings
    ]
    ops_log.append(lake, "reconciliations", rows)
