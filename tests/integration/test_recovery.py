"""Nothing is lost between stop and submit, nor when a job's cluster forgets it."""

import threading
import time
from pathlib import Path

from sql.cluster import Cluster
from tests.integration.conftest import RunningStack
from tests.integration.pipelines import beginning_of, own_pipeline, until
from tests.simulated_exchange import CAPTURES, needs_captures
from tidemark import pipeline
from tidemark.jobs.package import JOBS
from tidemark.jobs.recovery import newest_restore_path
from tidemark.settings import Settings
from tidemark.verify.proof import check, expect, plan_replay, stores_of
from tidemark.verify.replay import run


def restore_path(settings: Settings, job: str) -> str | None:
    """Return where a job would go on if it were submitted now."""
    return newest_restore_path(settings.object_store, settings.namespace.job(job))


@needs_captures
def test_jobs_stopped_in_mid_stream_or_cancelled_go_on_without_losing_or_repeating_a_row(
    stack: RunningStack, tmp_path: Path
) -> None:
    expectation = expect(beginning_of(CAPTURES, 240, tmp_path))
    plan = plan_replay(expectation, "9")
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None)
        replay = threading.Thread(target=run, args=(own, stores_of(own), plan, lambda _: None))
        replay.start()
        time.sleep(8)
        pipeline.stop_jobs(own, lambda _: None)
        resumed = pipeline.start_jobs(own, lambda _: None)
        stopped_at = {one.restored_from for one in resumed}
        assert all("savepoints" in (path or "") for path in stopped_at)

        until(lambda: all(restore_path(own, job) not in stopped_at for job in JOBS))
        cluster = Cluster(own.flink_url)
        for job in JOBS:
            running = cluster.active(own.namespace.job(job))
            assert running is not None
            cluster.cancel(running.job_id)
            until(lambda name=running.name: cluster.active(name) is None)
        again = pipeline.start_jobs(own, lambda _: None)
        assert all("checkpoints" in (one.restored_from or "") for one in again)
        assert all(one.already_running for one in pipeline.start_jobs(own, lambda _: None))
        replay.join()
        assert check(own, expectation).green
