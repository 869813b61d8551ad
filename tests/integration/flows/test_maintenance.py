"""The maintenance flow beside running jobs, on tables that were merged into, and on old windows."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import flows.maintenance.flow as module
from flows.maintenance.dead_letter_review import review_dead_letters
from flows.maintenance.flow import maintenance, work_on_lake
from flows.maintenance.lake_maintenance import Done, MaintenanceContext, do_work
from iceberg.maintenance import Work
from iceberg.migrate import drop, migrate
from iceberg.table_facts import file_groups, is_stream, stored_files
from market.dictionary.tables import table
from market.dictionary.windows import LIVE_RETENTION_HOURS
from stack import pipeline
from stack.jobs.package import OF_TRADES
from stack.settings import Settings
from stores.flink import Cluster
from stores.iceberg import Lake
from stores.mongodb import prepare
from stores.trino import ConflictError, query
from tests.integration.flows import live, silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
from tests.integration.pipelines import own_pipeline, trade_line, until, write_capture
from tests.support.running_stack import RunningStack
from verify.proof import check, expect, own_namespace, plan_replay, stores_of
from verify.replay import run

START_MS = 1_700_006_280_000
"""Two minutes before midnight, so that tables have two days."""
EXPIRES_AFTER_MS = 20_000
"""More than the clocks of catalog and job may differ by, before a commit of a job is old."""
EAGER: dict[str, Any] = {"fewer_files": 1, "keep_snapshots_hours": 0}


def maintain(settings: Settings, **parameters: Any) -> list[Row]:
    with worker_environment(settings):
        rows: list[Row] = maintenance(**parameters)
    return rows


def by_action(rows: list[Row], action: str) -> dict[str, Row]:
    return {row["table"]: row for row in rows if row["action"] == action}


def test_jobs_go_on_and_resume_without_losing_or_repeating_a_row_while_tables_are_maintained(
    stack: RunningStack, tmp_path: Path
) -> None:
    lines = [trade_line("BTCUSDT", 1 + n, START_MS + 200 * n) for n in range(1_200)]
    write_capture(tmp_path / "spot_btcusdt_20231114.gz", lines)
    expectation = expect(tmp_path)
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None, OF_TRADES)
        plan = plan_replay(expectation, "5")
        replay = threading.Thread(target=run, args=(own, stores_of(own), plan, lambda _: None))
        replay.start()
        until(lambda: committed_for_ms(own) >= EXPIRES_AFTER_MS)
        done = maintain(own, kinds=["compact", "expire"], **EAGER)
        assert by_action(done, "compact")["bronze.trades"]["rows"] > 0
        assert by_action(done, "expire")["bronze.trades"]["rows"] > 0
        cancel_jobs(own)
        # The jobs are away: every snapshot but the last that one of them made may go.
        maintain(own, kinds=["compact", "expire"], **EAGER)
        assert stream_commits_ms(own)
        resumed = pipeline.start_jobs(own, lambda _: None, OF_TRADES)
        assert all("checkpoints" in (one.restored_from or "") for one in resumed)
        replay.join()
        assert check(own, expectation).green
        done = maintain(own, kinds=["compact", "expire"], **EAGER)
        assert by_action(done, "compact")["bronze.trades"]["after"] == 1
        assert check(own, expectation).green


def trades(settings: Settings) -> Any:
    return pipeline.lake(settings).table(table("trades"))


def stream_commits_ms(settings: Settings) -> list[int]:
    return [one.timestamp_ms for one in trades(settings).metadata.snapshots if is_stream(one)]


def committed_for_ms(settings: Settings) -> int:
    """Return how long before its newest commit of trades the job made its first one."""
    commits = stream_commits_ms(settings)
    return max(commits, default=0) - min(commits, default=0)


def cancel_jobs(settings: Settings) -> None:
    cluster = Cluster(settings.flink_url)
    for job in OF_TRADES:
        name = settings.namespace.job(job)
        running = cluster.active(name)
        assert running is not None
        cluster.cancel(running.job_id)
        while cluster.active(name):
            time.sleep(0.2)


@pytest.fixture(scope="module")
def settings(stack: RunningStack) -> Iterator[Settings]:
    """A lake in a namespace of its own, without jobs."""
    own = own_namespace(stack.settings)
    lake = pipeline.lake(own)
    migrate(lake)
    try:
        yield own
    finally:
        drop(lake)
        with live.database(own) as database:
            database.client.drop_database(database.name)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return pipeline.lake(settings)


def fragment(settings: Settings, lake: Lake, name: str) -> None:
    """Fill a table of candles by five commits, and correct a row by a sixth."""
    walk = silver.walk("BTCUSDT", START_MS - 600_000, 1_800_000, "61838.1", [])
    rows = silver.candles({"BTCUSDT": walk}, "1m")
    for number in range(5):
        silver.append(lake, name, rows[number::5])
    query(
        settings.trino_url,
        f"UPDATE lake.{settings.namespace.layer(table(name).layer)}.{name} SET revision = 1 "
        "WHERE window_start = TIMESTAMP '2023-11-15 00:00:00 UTC'",
    )


def test_corrected_rows_stay_corrected_and_their_files_of_deletes_go(
    settings: Settings, lake: Lake
) -> None:
    fragment(settings, lake, "candles_1m")
    before = silver.rows_of(lake, "candles_1m")
    found = lake.table(table("candles_1m"))
    assert sum(group.delete_files for group in file_groups(found, 10**7)) == 1

    planned = maintain(settings, kinds=["compact"], fewer_files=3, dry_run=True)
    assert lake.table(table("candles_1m")).metadata == found.metadata
    done = maintain(settings, kinds=["compact"], fewer_files=3)
    assert [(one["table"], one["range"]) for one in planned] == [
        ("silver.candles_1m", "2023-11-14"),
        ("silver.candles_1m", "2023-11-15"),
    ]
    assert [(one["before"], one["after"]) for one in done] == [(one["count"], 1) for one in planned]
    assert sum(one["rows"] for one in done) == len(before)

    assert silver.rows_of(lake, "candles_1m") == before
    groups = file_groups(lake.table(table("candles_1m")), 10**7)
    assert [(group.small_files, group.delete_files) for group in groups] == [(1, 0), (1, 0)]
    assert maintain(settings, kinds=["compact"], fewer_files=3) == []


def test_where_another_writer_is_first_work_is_tried_again_and_at_last_left(
    settings: Settings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    silver.append(lake, "late_records", [{"symbol": "A", "event_time": START_MS}])
    silver.append(lake, "late_records", [{"symbol": "B", "event_time": START_MS}])
    refusals = iter([True, True, False])

    def refused_at_first(context: MaintenanceContext, work: Work, now: datetime) -> Done:
        if next(refusals):
            raise ConflictError("another writer was first")
        return do_work(context, work, now)

    monkeypatch.setattr(module, "do_work", refused_at_first)
    impatient = work_on_lake.with_options(retries=1, retry_delay_seconds=0)
    monkeypatch.setattr(module, "work_on_lake", impatient)
    (left,) = maintain(settings, kinds=["compact"], fewer_files=1)
    assert left["outcome"] == "left for the next run: another writer was first"
    (done,) = maintain(settings, kinds=["compact"], fewer_files=1)
    assert (done["outcome"], done["rows"]) == ("rewritten", 2)


def test_files_that_no_snapshot_knows_are_deleted_and_no_others(
    settings: Settings, lake: Lake
) -> None:
    silver.append(lake, "feed_events", [{"symbol": "BTCUSDT", "receive_time": START_MS}])
    found = lake.table(table("feed_events"))
    known = {file.path for file in stored_files(found, lake.store)}
    stray = f"{found.location()}/data/left-behind.parquet"
    with lake.store.open_output_stream(stray.removeprefix("s3://")) as file:
        file.write(b"of a commit that never came")
    assert maintain(settings, kinds=["orphans"]) == []
    time.sleep(1)
    done = by_action(maintain(settings, kinds=["orphans"], keep_orphans_hours=0), "orphans")
    assert done["ops.feed_events"]["before"] - done["ops.feed_events"]["after"] == 1
    assert {file.path for file in stored_files(found, lake.store)} == known


def test_mongodb_forgets_windows_by_the_markets_time_but_none_that_the_lake_lacks(
    settings: Settings, lake: Lake
) -> None:
    walk = {"BTCUSDT": silver.walk("BTCUSDT", START_MS, 3 * 3_600_000, "61838.1", [])}
    rows = silver.candles(walk, "1s")
    seam = START_MS + 3_600_000
    silver.append(lake, "candles_1s", [row for row in rows if row["window_start"] <= seam])
    with live.database(settings) as database:
        windows = database["candles_1s"]
        windows.insert_many(live.documents("candles_1s", rows))
        done = maintain(settings, kinds=["windows"], keep_live_hours={"1s": 1, "1m": 1})
        left = {one["window_start"] for one in windows.find()}
    # An hour behind the newest would go further; the lake's newest window is where it ends.
    in_lake = max(row["window_start"] for row in rows if row["window_start"] <= seam)
    kept = {instant(row["window_start"]) for row in rows if row["window_start"] >= in_lake}
    assert left == kept
    assert by_action(done, "windows")["live.candles_1s"]["after"] == len(kept)
    assert len(rows) - len(kept) > 500


def test_dead_letters_are_shown_once_with_an_example_of_each_reason(
    settings: Settings, lake: Lake
) -> None:
    letter = {"market": MARKET, "symbol": "BTCUSDT", "connector": "spot", "payload": "{" * 500}
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1_000)
    letters = [
        letter | {"reason": reason, "detail": f"number {n}", "receive_time": hour_ago + n}
        for n, reason in enumerate(["malformed", "malformed", "duplicate"])
    ]
    silver.append(lake, "dead_letters", letters)
    first = review_dead_letters(settings.trino_url, lake, datetime.now(UTC))
    assert maintain(settings, kinds=["letters"]) == []
    again = review_dead_letters(settings.trino_url, lake, datetime.now(UTC))
    assert [(one["reason"], one["letters"]) for one in first.groups] == [
        ("malformed", 2),
        ("duplicate", 1),
    ]
    assert first.groups[0]["example_detail"] == "number 1"
    assert "500 characters" in first.groups[0]["example_payload"]
    assert again.groups == []


def instant(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)


def test_a_longer_retention_takes_the_place_of_an_older_one(settings: Settings) -> None:
    prepare(settings.mongodb.uri, settings.namespace)
    with live.database(settings) as database:
        windows = database["liquidity_1s"]
        windows.drop_index("retention")
        windows.create_index("window_start", name="retention", expireAfterSeconds=60)
        prepare(settings.mongodb.uri, settings.namespace)
        prepare(settings.mongodb.uri, settings.namespace)
        kept_s = windows.index_information()["retention"]["expireAfterSeconds"]
    assert kept_s == LIVE_RETENTION_HOURS["1s"] * 3_600
