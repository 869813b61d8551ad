"""How a worker ends, and what its exit code says."""

import pytest

from connectors.runtime import task_runner
from connectors.runtime.config import Settings
from connectors.runtime.errors import FencedError
from connectors.runtime.exit_codes import ExitCode
from connectors.runtime.task_runner import TaskPlan, TaskState
from connectors.runtime.worker import Worker
from connectors.runtime.worker_config import WorkerConfig
from market.names import Namespace
from tests.clocks import HandClock

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


def test_a_worker_whose_tasks_all_failed_for_good_says_so_and_need_not_be_restarted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fenced = worker(monkeypatch, FencedError("another worker"))
    assert fenced.run() is ExitCode.FAILED
    assert {runner.state for runner in fenced.runners} == {TaskState.FAILED}


def test_a_worker_whose_tasks_may_come_back_goes_on_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = worker(monkeypatch, ConnectionError("no broker"))
    waiting.stop()
    assert waiting.run() is ExitCode.STOPPED


def test_the_exit_codes_are_what_the_documentation_says() -> None:
    assert {code.name: code.value for code in ExitCode} == {"STOPPED": 0, "ERROR": 1, "FAILED": 3}
