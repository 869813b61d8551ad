"""A replay whose jobs are stopped on the way, and then forgotten by their cluster."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from stack import pipeline
from stack.jobs.package import JOBS
from stack.jobs.recovery import newest_restore_path
from stack.settings import Settings
from stores.flink import Cluster
from tests.integration.pipelines import until
from verify.proof import Expectation, plan_replay, stores_of
from verify.replay import run

SPEED = "9"
"""Slow enough that trades and books still come while the jobs are away."""
_BEFORE_S = 8


def replay_interrupted(settings: Settings, expectation: Expectation) -> None:
    """Replay a capture, and let every job go on twice: from a savepoint and from a checkpoint."""
    pipeline.start_jobs(settings, lambda _: None)
    with _replaying(settings, expectation):
        time.sleep(_BEFORE_S)
        stopped_at = _stop_and_start(settings)
        until(lambda: all(_restore_path(settings, job) not in stopped_at for job in JOBS))
        _cancel_and_start(settings)


@contextmanager
def _replaying(settings: Settings, expectation: Expectation) -> Iterator[None]:
    """Replay beside the block, and wait for the end after it; what failed fails here."""
    failures: list[BaseException] = []
    plan = plan_replay(expectation, SPEED, holds_for_books=True)

    def play() -> None:
        try:
            run(settings, stores_of(settings), plan, lambda _: None)
        except BaseException as failure:
            failures.append(failure)

    replay = threading.Thread(target=play)
    replay.start()
    try:
        yield
    finally:
        replay.join()
    assert failures == []


def _restore_path(settings: Settings, job: str) -> str | None:
    """Return where a job would go on if it were submitted now."""
    return newest_restore_path(settings.object_store, settings.namespace.job(job))


def _stop_and_start(settings: Settings) -> set[str | None]:
    """Let all jobs go on where they were stopped, and return from where."""
    pipeline.stop_jobs(settings, lambda _: None)
    paths = {one.restored_from for one in pipeline.start_jobs(settings, lambda _: None)}
    assert len(paths) == len(JOBS)
    assert all("savepoints" in (path or "") for path in paths)
    return paths


def _cancel_and_start(settings: Settings) -> None:
    """Let all jobs go on from the checkpoints that the cancelled ones retained."""
    cluster = Cluster(settings.flink_url)
    for job in JOBS:
        running = cluster.active(settings.namespace.job(job))
        assert running is not None
        cluster.cancel(running.job_id)
        until(lambda name=running.name: cluster.active(name) is None)
    again = pipeline.start_jobs(settings, lambda _: None)
    assert all("checkpoints" in (one.restored_from or "") for one in again)
    assert all(one.already_running for one in pipeline.start_jobs(settings, lambda _: None))
