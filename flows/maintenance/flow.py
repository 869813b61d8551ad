"""Maintenance: keep files and snapshots few and MongoDB small, and review dead letters.

A run first plans, and reports what it will do and why; then it does that, and reports what it did.
With `dry_run` it only plans. Writers keep running: where one commits first, the work is retried,
and finally left for the next run.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from pymongo import MongoClient

from flows.maintenance.dead_letter_review import Review, mark_reviewed, review_dead_letters
from flows.maintenance.lake_maintenance import Done, MaintenanceContext, do_work, plan_table
from flows.maintenance.live_retention import (
    Deleted,
    Deletion,
    Windows,
    delete_old,
    newest_in_lake,
    plan_deletion,
    window_tables,
)
from flows.maintenance.outcome import Row, done_row, plan_row
from flows.shared.config import FlowConfig, read_config
from iceberg.maintenance import Action, Limits, Work
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES
from market.dictionary.windows import LIVE_RETENTION_HOURS
from stores.iceberg import Lake
from stores.trino import ConflictError


class Kind(StrEnum):
    """What a run maintains: three things in the lake, MongoDB's windows, dead letters."""

    COMPACT = "compact"
    EXPIRE = "expire"
    ORPHANS = "orphans"
    WINDOWS = "windows"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class Run:
    """What every step of a run shares.

    Attributes:
        kinds: that were requested.
        keep_live_hours: how long MongoDB keeps windows, by interval.
        now: our clock when the run began.
    """

    config: FlowConfig
    context: MaintenanceContext
    kinds: Collection[Kind]
    keep_live_hours: dict[str, int]
    now: datetime

    @property
    def lake_actions(self) -> list[Action]:
        """What to do in the lake, most useful order first."""
        return [action for action in Action if Kind(action.value) in self.kinds]


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="plan {table.name}")
def plan_lake_table(run: Run, table: Table) -> list[Work]:
    """Plan the work that a table of the lake needs."""
    return list(plan_table(run.context, table, run.lake_actions, run.now))


@task(
    retries=3,
    retry_delay_seconds=[2, 10, 30],
    cache_policy=NO_CACHE,
    task_run_name="{work.action} {work.table.name}",
)
def work_on_lake(context: MaintenanceContext, work: Work) -> Done:
    """Do what was planned for a table of the lake; retry where another writer was first."""
    return do_work(context, work, _now())


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="plan {table.name}")
def plan_windows(run: Run, table: Table) -> Deletion | None:
    """Plan which windows of a table MongoDB need no longer hold."""
    newest = newest_in_lake(run.config.trino_url, run.config.namespace, table)
    with _windows(run.config, table) as windows:
        return plan_deletion(
            windows, table, newest, timedelta(hours=run.keep_live_hours[table.interval])
        )


@task(
    retries=3,
    retry_delay_seconds=5,
    cache_policy=NO_CACHE,
    task_run_name="delete old windows of {planned.table.name}",
)
def delete_windows(config: FlowConfig, planned: Deletion) -> Deleted:
    """Delete from MongoDB what was planned."""
    with _windows(config, planned.table) as windows:
        return delete_old(windows, planned)


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def review_letters(run: Run) -> Review:
    """Show what was refused since the last review."""
    review = review_dead_letters(run.config.trino_url, run.context.lake, run.now)
    create_table_artifact(key="dead-letters", table=review.groups, description=str(review))
    return review


@flow
def maintenance(
    kinds: list[Kind] | None = None,
    *,
    dry_run: bool = False,
    small_file_mb: int = 32,
    fewer_files: int = 8,
    keep_snapshots_hours: int = 6,
    keep_orphans_hours: int = 168,
    keep_live_hours: dict[str, int] | None = None,
) -> list[Row]:
    """Plan what the lake and MongoDB need, and do it.

    Args:
        kinds: what to maintain; everything when not given.
        dry_run: only report what would be done.
        small_file_mb: a data file of the lake below this size is small, in 10^6 bytes.
        fewer_files: a day of a table is compacted when it would have this many files fewer.
        keep_snapshots_hours: how long a table can be read as it was.
        keep_orphans_hours: age of a file that no commit can still be waiting for; a job that was
            down for longer must not be resumed.
        keep_live_hours: how long MongoDB keeps windows, by interval, in market time;
            `market.dictionary.windows.LIVE_RETENTION_HOURS` when not given.

    Returns:
        What was done, or with `dry_run` what would be.

    Raises:
        MaintenanceError: rows or files are missing after some work.
    """
    config = read_config()
    limits = Limits(
        small_file_bytes=small_file_mb * 1_000_000,
        fewer_files=fewer_files,
        keep_snapshots=timedelta(hours=keep_snapshots_hours),
        keep_orphans=timedelta(hours=keep_orphans_hours),
    )
    context = MaintenanceContext(config.trino_url, Lake(config.lake), limits)
    run = Run(config, context, kinds or list(Kind), keep_live_hours or LIVE_RETENTION_HOURS, _now())
    planned = list(_plan(run))
    plan = [plan_row(one) for one in planned]
    _show("plan", plan, dry_run=dry_run)
    done = [] if dry_run else [_carry_out(run, one) for one in planned]
    _show("outcome", done, dry_run=dry_run)
    _review(run, dry_run=dry_run)
    return plan if dry_run else done


def _plan(run: Run) -> Iterator[Work | Deletion]:
    """Yield all work; compactions first, since they leave files that an expiry then deletes."""
    tables = TABLES.values() if run.lake_actions else ()
    works = [work for table in tables for work in plan_lake_table(run, table)]
    yield from sorted(works, key=lambda work: list(Action).index(work.action))
    if Kind.WINDOWS in run.kinds:
        plans = (plan_windows(run, table) for table in window_tables())
        yield from (one for one in plans if one is not None)


def _carry_out(run: Run, planned: Work | Deletion) -> Row:
    if isinstance(planned, Deletion):
        return done_row(delete_windows(run.config, planned))
    try:
        return done_row(work_on_lake(run.context, planned))
    except ConflictError as error:
        get_run_logger().warning("left for the next run: %s", error)
        return done_row(Done(planned, outcome="left for the next run: another writer was first"))


def _show(what: str, rows: list[Row], *, dry_run: bool) -> None:
    intent = "would be done" if dry_run else "is to be done" if what == "plan" else "was done"
    create_table_artifact(
        key=f"maintenance-{what}",
        table=rows,
        description=f"What {intent}: {len(rows)} pieces of work",
    )


def _review(run: Run, *, dry_run: bool) -> None:
    if Kind.LETTERS in run.kinds:
        review = review_letters(run)
        if not dry_run:
            mark_reviewed(run.context.lake, review)


@contextmanager
def _windows(config: FlowConfig, table: Table) -> Iterator[Windows]:
    with MongoClient[dict[str, Any]](config.mongodb_uri, tz_aware=True) as client:
        yield client[config.namespace.database()][table.name]


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
