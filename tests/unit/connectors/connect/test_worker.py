"""How a worker ends, and what its exit code says."""

import threading
import time

import pytest
from kafka.errors import KafkaTimeoutError

from connectors.connect import task_runner
from connectors.connect import worker as worker_module
from connectors.connect.config import Settings
from connectors.connect.errors import ExitCode, FencedError
from connectors.connect.task_runner import TaskPlan, TaskState
from connectors.connect.telemetry import Metric
from connectors.connect.worker import Worker
from connectors.connect.worker_config import WorkerConfig
from market.dictionary.names import Namespace
from tests.support.connector_doubles import HandClock

CONFIG = WorkerConfig("127.0.0.1:1", "group", Namespace(), "127.0.0.1", 0, 0.25, 100, 5, 0.01, 0.01)


def never() -> None:
    raise AssertionError("no task is started here")


def worker(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Worker:
    """Return a worker whose producers cannot be made."""

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(task_runner, "TransactionalProducer", refuse)
    plans = [TaskPlan("spot", number, never, Settings({})) for number in (0, 1)]  # type: ignore[arg-type]
    return Worker(CONFIG, plans, HandClock())


def test_a_worker_whose_tasks_all_failed_permanently_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fenced = worker(monkeypatch, FencedError("another worker"))
    assert fenced.run() is ExitCode.FAILED
    assert {runner.state for runner in fenced.runners} == {TaskState.FAILED}


def test_a_worker_whose_tasks_may_recover_runs_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = worker(monkeypatch, ConnectionError("no broker"))
    waiting.stop()
    assert waiting.run() is ExitCode.STOPPED


def test_a_task_that_failed_permanently_beside_others_stays_visible(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mixed = worker(monkeypatch, ConnectionError("no broker"))

    def refuse(*values: object) -> None:
        first = str(values[3]).endswith("-0")
        raise FencedError("another worker") if first else ConnectionError("no broker")

    monkeypatch.setattr(task_runner, "TransactionalProducer", refuse)
    monkeypatch.setattr(worker_module, "TELEMETRY_INTERVAL_S", 0.0)
    monkeypatch.setattr(worker_module, "WATCH_INTERVAL_S", 0.01)
    running = threading.Thread(target=mixed.run)
    running.start()
    end_s = time.monotonic() + 5
    while caplog.text.count("spot task 0 has failed permanently: another") < 3:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    mixed.stop()
    running.join(5)
    failed, healthy = mixed.runners
    assert (failed.state, healthy.state) == (TaskState.FAILED, TaskState.UNASSIGNED)
    assert failed.telemetry.values[Metric.FAILED] == 1
    assert Metric.FAILED not in healthy.telemetry.values
    assert "another worker" in failed.trace


def test_a_commit_that_hangs_ends_in_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = worker(monkeypatch, KafkaTimeoutError("not confirmed within 45 s"))
    runner = hung.runners[0]
    runner.start()
    end_s = time.monotonic() + 5
    while runner.telemetry.values.get(Metric.RESTARTS, 0) < 2:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    assert runner.state is not TaskState.FAILED
    runner.stop()
    assert runner.join(5)


def test_the_exit_codes_are_what_the_documentation_says() -> None:
    assert {code.name: code.value for code in ExitCode} == {"STOPPED": 0, "ERROR": 1, "FAILED": 3}
