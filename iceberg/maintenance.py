"""What maintenance would do to a table, and why: pure, from facts that `iceberg.table_facts` reads.

Three kinds of work. *Compact*: a day whose partitions hold many small files is rewritten into few.
*Expire*: old snapshots are forgotten, but never the last one that a stream committed, nor a later
one: a job that resumes looks through the snapshots, newest first, for the last checkpoint that it
committed, and would commit the same rows again if it did not find it. *Orphans*: old files that no
snapshot knows are deleted; younger ones may belong to a commit that is still to come.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import ceil

from market.dictionary.schemas import Table


class Action(StrEnum):
    """Kinds of work."""

    COMPACT = "compact"
    EXPIRE = "expire"
    ORPHANS = "orphans"


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on there is work.

    Attributes:
        small_file_bytes: a file below this size is small.
        fewer_files: a day is compacted when it would have so many files fewer at least.
        keep_snapshots: how long a table can be read as it was.
        keep_orphans: age of a file that no commit can still be waiting for.
    """

    small_file_bytes: int
    fewer_files: int
    keep_snapshots: timedelta
    keep_orphans: timedelta


@dataclass(frozen=True, slots=True)
class FileGroup:
    """The files of one partition of a table.

    Attributes:
        day: of the partition, UTC.
        small_files: data files below the limit's size.
        small_bytes: what those come to.
        delete_files: files that say which rows of others are gone.
    """

    day: date
    small_files: int
    small_bytes: int
    delete_files: int


@dataclass(frozen=True, slots=True)
class SnapshotFact:
    """One snapshot of a table.

    Attributes:
        committed_at: as its writer's clock said.
        is_current: it is the table as it is now.
        is_stream: a job committed it at a checkpoint and will look for it when it resumes.
    """

    committed_at: datetime
    is_current: bool
    is_stream: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file below a table's location, with its address such as ``s3://lake/...``."""

    path: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: a row of the plan.

    Attributes:
        table: that it concerns.
        start: first instant of what is concerned, None for everything before `end`.
        end: instant that what is concerned ends before.
        count: how many files or snapshots.
        size_bytes: of them, None when only the work itself will show.
        why: in words.
    """

    action: Action
    table: Table
    start: datetime | None
    end: datetime
    count: int
    size_bytes: int | None
    why: str


_CLOCKS_DIFFER_BY = timedelta(seconds=10)
"""An expiry is told as an age, which the engine takes from its own clock."""


def plan_compaction(table: Table, groups: Iterable[FileGroup], limits: Limits) -> list[Work]:
    """Return the days of a table that are worth compacting, oldest first."""
    days: defaultdict[date, list[FileGroup]] = defaultdict(list)
    for group in groups:
        days[group.day].append(group)
    planned = (_compaction(table, day, days[day], limits) for day in sorted(days))
    return [work for work in planned if work is not None]


def _compaction(
    table: Table, day: date, groups: Sequence[FileGroup], limits: Limits
) -> Work | None:
    small = sum(group.small_files for group in groups)
    deletes = sum(group.delete_files for group in groups)
    fewer = sum(_fewer_files(group, limits) for group in groups)
    if fewer < limits.fewer_files:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Work(
        action=Action.COMPACT,
        table=table,
        start=start,
        end=start + timedelta(days=1),
        count=small + deletes,
        size_bytes=sum(group.small_bytes for group in groups),
        why=f"{small} files below {limits.small_file_bytes / 1e6:.0f} MB and {deletes} of deletes "
        f"in {len(groups)} partitions would become {small + deletes - fewer}",
    )


def _fewer_files(group: FileGroup, limits: Limits) -> int:
    needed = min(group.small_files, ceil(group.small_bytes / limits.small_file_bytes))
    return group.small_files - needed + group.delete_files


def plan_expiry(
    table: Table, snapshots: Sequence[SnapshotFact], now: datetime, limits: Limits
) -> list[Work]:
    """Return what to expire, if anything.

    Everything from the last stream's commit on stays, whatever its age.
    """
    before = now - limits.keep_snapshots
    why = f"older than {limits.keep_snapshots}"
    stream = [one.committed_at for one in snapshots if one.is_stream]
    if stream and max(stream) - _CLOCKS_DIFFER_BY < before:
        before = max(stream) - _CLOCKS_DIFFER_BY
        why = f"before the last commit of a job, {max(stream):%Y-%m-%d %H:%M:%S}"
    old = [one for one in snapshots if one.committed_at < before and not one.is_current]
    return [Work(Action.EXPIRE, table, None, before, len(old), None, why)] if old else []


def plan_orphans(
    table: Table, orphans: Sequence[StoredFile], now: datetime, limits: Limits
) -> list[Work]:
    """Return the removal of files that no snapshot knows, if there are any.

    Args:
        table: below whose location they lie.
        orphans: of the age that `limits` names; see `iceberg.table_facts.find_orphans`.
        now: our clock.
        limits: for the age.
    """
    if not orphans:
        return []
    before, size = now - limits.keep_orphans, sum(file.size_bytes for file in orphans)
    why = f"known to no snapshot, older than {limits.keep_orphans}"
    return [Work(Action.ORPHANS, table, None, before, len(orphans), size, why)]
