"""Candidate: the shipped book task over prepared frames, alone or in the shipped worker's thread.

usage: connector_process MARKET FRAMES [BOOTSTRAP NAMESPACE CONNECTOR]

With a broker the records leave through the task runner, in transactions, with their offsets.
"""

import gc
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks import BenchmarkError
from benchmarks.book.outcome import Outcome, kinds
from benchmarks.book.replay_task import REPLAY_TASKS, ReplayTask
from benchmarks.book.tasks import NOWHERE, new_context, task_settings
from benchmarks.candles.meter import Measured, Sample, own_sample
from connectors.connect.clock import SystemClock
from connectors.connect.contract import SourceRecord
from connectors.connect.task_runner import TaskPlan, TaskRunner, TaskState
from connectors.connect.telemetry import Metric
from connectors.connect.worker_config import WorkerConfig
from market.dictionary.names import Namespace

SYMBOL = "BTCUSDT"
_SPEED = {"spot": "100ms", "usdm": "0ms"}
_POLL_S, _START_S, _JOIN_S = 0.05, 60.0, 120.0


def _kind(record: SourceRecord) -> str:
    return str(record.value.get("kind") or record.value.get("event") or record.topic)


def _alone(market: str, path: Path) -> Outcome:
    task, counts = REPLAY_TASKS[market](path), Counter[str]()
    task.start(task_settings(market, NOWHERE, SYMBOL, **_config(market)), new_context())
    gc.freeze()
    samples = [own_sample(0)]
    while not task.ended.is_set():
        for record in task.poll(0.0):
            counts[_kind(record)] += 1
        samples.append(own_sample(task.frames_read))
    task.stop()
    return Outcome(Measured.of(samples, task.frames_read), kinds(counts))


def _config(market: str) -> dict[str, object]:
    return {"depth.speed": _SPEED[market]}


def _in_worker(
    market: str, path: Path, bootstrap_servers: str, namespace: str, connector: str
) -> Outcome:
    task = REPLAY_TASKS[market](path)
    settings = task_settings(market, NOWHERE, SYMBOL, **_config(market))
    runner = TaskRunner(
        TaskPlan(connector, 0, lambda: task, settings),
        _worker_config(bootstrap_servers, namespace),
        SystemClock(),
    )
    gc.freeze()
    runner.start()
    samples = _watch(task, runner)
    runner.stop()
    if not runner.join(_JOIN_S):
        raise BenchmarkError(f"{connector}: expected the last commit within {_JOIN_S:.0f} s")
    values = runner.telemetry.values
    samples.append(own_sample(task.frames_read))
    records = {"committed": values[Metric.RECORDS], "transactions": values[Metric.TRANSACTIONS]}
    return Outcome(Measured.of(samples, task.frames_read), records)


def _worker_config(bootstrap_servers: str, namespace: str) -> WorkerConfig:
    return WorkerConfig(
        bootstrap_servers=bootstrap_servers,
        group_id="bench",
        namespace=Namespace(namespace),
        rest_host="127.0.0.1",
        rest_port=0,
        transaction_interval_s=0.1,
        transaction_max_records=5_000,
        shutdown_timeout_s=5.0,
        restart_backoff_s=0.5,
        restart_backoff_max_s=60.0,
    )


def _watch(task: ReplayTask, runner: TaskRunner) -> list[Sample]:
    """Sample until everything is read; the first sample is of the first frames."""
    deadline_s = time.monotonic() + _START_S
    while not task.frames_read:
        _check(runner)
        if time.monotonic() > deadline_s:
            raise BenchmarkError(f"{runner.plan.name}: read nothing in {_START_S:.0f} s")
        time.sleep(_POLL_S / 10)
    samples = [own_sample(task.frames_read)]
    while not task.ended.wait(_POLL_S):
        _check(runner)
        samples.append(own_sample(task.frames_read))
    return samples


def _check(runner: TaskRunner) -> None:
    if runner.state in (TaskState.FAILED, TaskState.RESTARTING):
        raise BenchmarkError(f"{runner.plan.name} failed:\n{runner.trace}")


def main() -> None:
    """Run, and print the outcome as JSON."""
    market, path, *broker = sys.argv[1:]
    run = _in_worker(market, Path(path), *broker) if broker else _alone(market, Path(path))
    sys.stdout.write(run.line() + "\n")


if __name__ == "__main__":
    main()
