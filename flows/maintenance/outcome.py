"""Rows of the two tables that a maintenance run shows in the dashboard: plan and outcome."""

from datetime import datetime
from typing import Any

from flows.maintenance.lake_maintenance import Done
from flows.maintenance.live_retention import Deleted, Deletion
from iceberg.maintenance import Work

Row = dict[str, Any]


def plan_row(planned: Work | Deletion) -> Row:
    """Return what will be done, to how much of which table, and why."""
    if isinstance(planned, Deletion):
        return _head(planned) | {
            "count": planned.documents,
            "unit": "documents",
            "bytes": None,
            "why": planned.why,
        }
    return _head(planned) | {
        "count": planned.count,
        "unit": "snapshots" if planned.action == "expire" else "files",
        "bytes": planned.size_bytes,
        "why": planned.why,
    }


def done_row(done: Done | Deleted) -> Row:
    """Return what was there before and after, and how many rows were proven to be unchanged."""
    if isinstance(done, Deleted):
        return _head(done.planned) | {
            "before": done.documents_before,
            "after": done.documents_after,
            "unit": "documents",
            "bytes_before": None,
            "bytes_after": None,
            "rows": None,
            "outcome": "deleted",
        }
    return _head(done.work) | {
        "before": done.files_before,
        "after": done.files_after,
        "unit": "files",
        "bytes_before": done.bytes_before,
        "bytes_after": done.bytes_after,
        "rows": done.rows,
        "outcome": done.outcome,
    }


def _head(planned: Work | Deletion) -> Row:
    if isinstance(planned, Deletion):
        return {
            "action": "windows",
            "table": f"live.{planned.table.name}",
            "range": f"before {_instant(planned.before)}",
        }
    return {
        "action": planned.action.value,
        "table": f"{planned.table.layer}.{planned.table.name}",
        "range": f"{planned.start:%Y-%m-%d}"
        if planned.start
        else f"before {_instant(planned.end)}",
    }


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"
