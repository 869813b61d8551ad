"""Run the batch job `recompute` over ranges of the lake; its rows go where a MERGE finds them.

The job is the streams' own SQL over `bronze`. This module submits it and waits for it;
`flows.shared.correction` decides what becomes of its rows.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType

from flows.shared.config import FlowConfig
from iceberg.staging import staging
from market.dictionary.tables import WINDOWS
from market.errors import TidemarkError
from market.touched_ranges import ReadRange, TouchedRange
from sql import statement
from stores.flink import Cluster, ClusterError, JobStatus
from stores.iceberg import Lake
from stores.trino import query
from stores.trino_literals import FIRST_MS, LAST_MS, instant, range_rows

Report = Callable[[str], None]
Proven = Mapping[tuple[str, str], int]
"""What the exchange's word proves, by market and symbol."""
NOT_PROVEN: Proven = MappingProxyType({})

_JOB = "recompute"
_POLL_S = 1.0
_NEAR, _NEAR_MS, _FAR = "INTERVAL '1' HOUR", 3_600_000, "INTERVAL '36500' DAY"
"""The trades around a range are searched near it first; after a long silence, everywhere."""


class RecomputationError(TidemarkError):
    """The batch job failed or was cancelled; nothing has been corrected."""


@contextmanager
def recomputed(
    config: FlowConfig,
    ranges: Sequence[TouchedRange],
    report: Report,
    proven_ms: Proven = NOT_PROVEN,
) -> Iterator[str]:
    """Recompute the windows of ranges, and yield the lake's namespace that holds them meanwhile.

    Args:
        config: of the run.
        ranges: whole minutes, none of which overlap.
        report: receives progress, in words.
        proven_ms: by market and symbol, the instant before which the exchange has no trade after
            the newest one in bronze.

    Raises:
        RecomputationError: the job failed.
        ClusterError: Flink refused it or does not answer.
        QueryError: Trino refused or does not answer.
    """
    read = read_ranges(config, ranges, proven_ms)
    with staging(Lake(config.lake), WINDOWS) as name:
        _run(config, name, read, report)
        yield name


def _run(config: FlowConfig, name: str, ranges: Sequence[ReadRange], report: Report) -> None:
    cluster = Cluster(config.flink_url)
    arguments = ["--namespace", config.namespace.prefix, "--staging", name]
    jar_id = cluster.upload(config.job_jars / f"{_JOB}.jar")
    try:
        job_id = cluster.run(jar_id, [*arguments, "--ranges", _as_json(ranges)], None)
    finally:
        cluster.delete_jar(jar_id)
    try:
        _wait(cluster, job_id, report)
    except BaseException:
        with suppress(ClusterError):
            cluster.cancel(job_id)
        raise


def _wait(cluster: Cluster, job_id: str, report: Report) -> None:
    shown = ""
    while (job := _job(cluster, job_id)).active:
        words = f"{job.name}: {job.state}, {job.tasks_running} of {job.tasks_total} tasks run"
        if words != shown:
            report(words)
        shown = words
        time.sleep(_POLL_S)
    if job.state != "FINISHED":
        raise RecomputationError(
            f"job {job.name} ({job_id}): expected it to finish, found {job.state}: "
            f"{cluster.failure(job_id) or 'no cause given'}"
        )


def _job(cluster: Cluster, job_id: str) -> JobStatus:
    for job in cluster.jobs():
        if job.job_id == job_id:
            return job
    raise RecomputationError(
        f"job {job_id}: expected Flink to know it, found it gone; its JobManager was restarted"
    )


def _as_json(ranges: Sequence[ReadRange]) -> str:
    return json.dumps(
        [
            [
                one.touched.market,
                one.touched.symbol,
                one.touched.from_time_ms,
                one.touched.to_time_ms,
                one.read_from_ms,
                one.read_to_ms,
                one.proven_ms,
            ]
            for one in ranges
        ]
    )


def read_ranges(
    config: FlowConfig, ranges: Sequence[TouchedRange], proven_ms: Proven
) -> list[ReadRange]:
    """Return ranges with the times of the trades around them, which show the gaps at their edges.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    around = edges(config, ranges)
    return [
        ReadRange(
            one,
            read_from_ms=(around[one][0] or one.from_time_ms),
            read_to_ms=(around[one][1] or one.to_time_ms - 1),
            proven_ms=proven_ms.get((one.market, one.symbol), 0),
        )
        for one in ranges
    ]


Edges = dict[TouchedRange, tuple[int | None, int | None]]
"""The times of the last trade before ranges and of the first one after them; None without any."""


def edges(config: FlowConfig, ranges: Sequence[TouchedRange]) -> Edges:
    """Return the times of the trades around ranges: searched near them, then in the whole lake.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    start_ms = min((one.from_time_ms for one in ranges), default=FIRST_MS)
    end_ms = max((one.to_time_ms for one in ranges), default=LAST_MS)
    near = _edges(config, ranges, start_ms - _NEAR_MS, end_ms + _NEAR_MS, _NEAR)
    alone_before = [one for one, (before_ms, _) in near.items() if before_ms is None]
    alone_after = [one for one, (_, after_ms) in near.items() if after_ms is None]
    before = _edges(config, alone_before, FIRST_MS, end_ms, _FAR)
    after = _edges(config, alone_after, start_ms, LAST_MS, _FAR)
    return {
        one: (
            near[one][0] or before.get(one, (None, None))[0],
            near[one][1] or after.get(one, (None, None))[1],
        )
        for one in ranges
    }


def _edges(
    config: FlowConfig,
    ranges: Sequence[TouchedRange],
    earliest_ms: int,
    latest_ms: int,
    reach: str,
) -> Edges:
    """Return the times of the trades before and after ranges, within a span."""
    if not ranges:
        return {}
    names = {
        "bronze": config.namespace.layer("bronze"),
        "ranges": range_rows(ranges),
        "earliest": instant(earliest_ms),
        "latest": instant(latest_ms),
        "reach": reach,
    }
    rows = query(config.trino_url, statement("flows/correction/edges.sql", names)).rows
    return {TouchedRange(*row[:4]): (row[4], row[5]) for row in rows}
