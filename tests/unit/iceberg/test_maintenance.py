"""What maintenance does to a table, and what it leaves alone."""

from datetime import UTC, date, datetime, timedelta

from iceberg.maintenance import (
    Action,
    FileGroup,
    Limits,
    SnapshotFact,
    StoredFile,
    plan_compaction,
    plan_expiry,
    plan_orphans,
)
from market.dictionary.tables import table

TRADES = table("trades")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = Limits(
    small_file_bytes=32_000_000,
    fewer_files=8,
    keep_snapshots=timedelta(hours=6),
    keep_orphans=timedelta(days=7),
)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def group(small_files: int, small_mb: int = 1, deletes: int = 0, day: date = MONDAY) -> FileGroup:
    return FileGroup(day, small_files, small_mb * 1_000_000, deletes)


def snapshot(age: timedelta, *, current: bool = False, stream: bool = True) -> SnapshotFact:
    return SnapshotFact(NOW - age, current, stream)


def test_a_day_of_many_small_files_is_compacted_as_a_whole() -> None:
    (work,) = plan_compaction(TRADES, [group(9), group(1)], LIMITS)
    assert (work.action, work.count, work.size_bytes) == (Action.COMPACT, 10, 2_000_000)
    assert (work.start, work.end) == (
        datetime(2026, 11, 23, tzinfo=UTC),
        datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert "10 files below 32 MB and 0 of deletes in 2 partitions would become 2" in work.why


def test_a_day_that_would_have_few_files_fewer_is_left_alone() -> None:
    assert plan_compaction(TRADES, [group(8)], LIMITS) == []
    # Files of different partitions cannot become one.
    assert plan_compaction(TRADES, [group(1) for _ in range(20)], LIMITS) == []


def test_small_files_that_come_to_much_need_several_files() -> None:
    assert plan_compaction(TRADES, [group(12, small_mb=150)], LIMITS) == []
    assert len(plan_compaction(TRADES, [group(13, small_mb=150)], LIMITS)) == 1


def test_files_of_deletes_count_since_every_reader_pays_for_them() -> None:
    (work,) = plan_compaction(TRADES, [group(1, deletes=8)], LIMITS)
    assert work.count == 9


def test_each_day_is_judged_by_itself_and_the_oldest_comes_first() -> None:
    groups = [group(9, day=TUESDAY), group(2, day=MONDAY), group(20, day=MONDAY)]
    works = plan_compaction(TRADES, groups, LIMITS)
    assert [(work.start and work.start.date(), work.count) for work in works] == [
        (MONDAY, 22),
        (TUESDAY, 9),
    ]


def test_old_snapshots_expire_while_a_job_commits_new_ones() -> None:
    ages = [timedelta(hours=8), timedelta(hours=7), timedelta(hours=5), timedelta(minutes=1)]
    facts = [snapshot(age, current=age < timedelta(hours=1)) for age in ages]
    (work,) = plan_expiry(TRADES, facts, NOW, LIMITS)
    assert (work.count, work.end, work.why) == (
        2,
        NOW - LIMITS.keep_snapshots,
        "older than 6:00:00",
    )


def test_nothing_expires_from_the_last_commit_of_a_job_on_however_old_it_is() -> None:
    facts = [
        snapshot(timedelta(days=4)),
        snapshot(timedelta(days=3)),
        snapshot(timedelta(days=2), stream=False),
        snapshot(timedelta(days=1), stream=False, current=True),
    ]
    (work,) = plan_expiry(TRADES, facts, NOW, LIMITS)
    assert work.count == 1
    assert work.end < NOW - timedelta(days=3)
    assert "before the last commit of a job, 2026-11-21 12:00:00" in work.why
    assert plan_expiry(TRADES, facts[1:], NOW, LIMITS) == []


def test_clocks_that_differ_do_not_cost_the_last_commit_of_a_job() -> None:
    facts = [snapshot(timedelta(days=3)), snapshot(timedelta(days=3, seconds=9))]
    assert plan_expiry(TRADES, facts, NOW, LIMITS) == []


def test_the_table_as_it_is_now_never_expires() -> None:
    alone = [snapshot(timedelta(days=400), stream=False, current=True)]
    assert plan_expiry(TRADES, alone, NOW, LIMITS) == []
    assert plan_expiry(TRADES, [], NOW, LIMITS) == []


def test_files_that_no_snapshot_knows_are_told_with_their_size() -> None:
    orphans = [StoredFile(f"s3://lake/{n}", 100, NOW - timedelta(days=8)) for n in range(3)]
    (work,) = plan_orphans(TRADES, orphans, NOW, LIMITS)
    assert (work.count, work.size_bytes, work.end) == (3, 300, NOW - timedelta(days=7))
    assert plan_orphans(TRADES, [], NOW, LIMITS) == []
