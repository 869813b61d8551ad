"""The standalone worker: every task of every connector in one process.

Threads: one per task, one for the status page, and the main one, which waits for a signal.
"""

import importlib
import logging
import threading
from collections.abc import Iterable

from connectors.connect.clock import Clock
from connectors.connect.contract import Connector
from connectors.connect.errors import ConfigError, ExitCode
from connectors.connect.task_runner import TaskPlan, TaskRunner, TaskState
from connectors.connect.worker_config import ConnectorFile, WorkerConfig, parse_connector

TELEMETRY_INTERVAL_S = 10.0
WATCH_INTERVAL_S = 0.25

_LOG = logging.getLogger(__name__)


def plan_tasks(files: Iterable[ConnectorFile]) -> list[TaskPlan]:
    """Check every connector's configuration and divide its work into tasks.

    Raises:
        ConfigError: of the first connector whose configuration cannot be used.
    """
    plans: dict[str, list[TaskPlan]] = {}
    vouchers: dict[str, str] = {}
    for file in files:
        if file.name in plans:
            problem = "expected one file for each connector name, found two; rename one of them"
            raise ConfigError(f"connector {file.name}", [problem])
        connector = load_connector(file)
        topic = connector.vouched_topic
        if topic and vouchers.setdefault(topic, file.name) != file.name:
            problem = (
                f"expected one connector to vouch for the time of topic {topic}, found "
                f"{vouchers[topic]} too; list all symbols in one and raise its tasks.max"
            )
            raise ConfigError(f"connector {file.name}", [problem])
        plans[file.name] = _plan(file, connector)
    return [plan for tasks in plans.values() for plan in tasks]


def _plan(file: ConnectorFile, connector: Connector) -> list[TaskPlan]:
    settings = parse_connector(file.name, connector.keys, file.config)
    shares = connector.task_settings(settings, settings.integer("tasks.max"))
    return [
        TaskPlan(file.name, number, connector.task_class, share)
        for number, share in enumerate(shares)
    ]


def load_connector(file: ConnectorFile) -> Connector:
    """Return the connector that a configuration names.

    Raises:
        ConfigError: there is no such class, or it is not a connector.
    """
    path = str(file.config.get("connector.class", ""))
    module_name, _, class_name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"connector {file.name}",
            [f"connector.class: expected the dotted path of a class, found {path!r} ({error})"],
        ) from error
    if not (isinstance(found, type) and issubclass(found, Connector)):
        problem = f"connector.class: expected a Connector, found {path}"
        raise ConfigError(f"connector {file.name}", [problem])
    return found()


class Worker:
    """Runs tasks until a stop is requested or every one of them has failed permanently.

    Args:
        config: the worker's.
        plans: from `plan_tasks`.
        clock: the machine's, or a test's.
    """

    def __init__(self, config: WorkerConfig, plans: Iterable[TaskPlan], clock: Clock) -> None:
        self.runners = [TaskRunner(plan, config, clock) for plan in plans]
        self._config = config
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask for a clean stop; may be called from a signal handler."""
        self._stopping.set()

    def run(self) -> ExitCode:
        """Run to the end and return the exit code for a supervisor."""
        for runner in self.runners:
            runner.start()
        log_due_s = self._clock.monotonic_s() + TELEMETRY_INTERVAL_S
        while not self._stopping.wait(WATCH_INTERVAL_S):
            if all(runner.state is TaskState.FAILED for runner in self.runners):
                _LOG.error("every task has failed permanently; the worker ends")
                return ExitCode.FAILED
            if self._clock.monotonic_s() >= log_due_s:
                log_due_s += TELEMETRY_INTERVAL_S
                self._report()
        return self._end()

    def _report(self) -> None:
        """Log the counters and repeat permanent failures: logged once, they scroll away."""
        for runner in self.runners:
            _LOG.info("telemetry %s", runner.telemetry.line())
            if runner.state is TaskState.FAILED:
                _LOG.error("%s has failed permanently: %s", runner.plan.name, runner.failure)

    def _end(self) -> ExitCode:
        for runner in self.runners:
            runner.stop()
        end_s = self._clock.monotonic_s() + self._config.shutdown_timeout_s
        late = [
            runner.plan.name
            for runner in self.runners
            if not runner.join(max(0.0, end_s - self._clock.monotonic_s()))
        ]
        if late:
            _LOG.error(
                "not stopped within %s s: %s; their open transactions are aborted by the broker",
                self._config.shutdown_timeout_s,
                ", ".join(late),
            )
        else:
            _LOG.info("all tasks stopped; everything received is committed")
        return ExitCode.ERROR if late else ExitCode.STOPPED
