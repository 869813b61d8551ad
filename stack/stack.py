"""The stack as a whole: bring it up, report its status, take it down.

A failed or interrupted start leaves nothing running that it started.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import psutil

from market.errors import TidemarkError
from stack.artifacts import read_artifacts
from stack.console import Console
from stack.hold import hold
from stack.jdk import find_jdk
from stack.maven import Maven
from stack.preflight import check
from stack.service import BuildContext, Service
from stack.services import list_services
from stack.settings import Settings
from stack.startup import Startup
from stack.supervisor import Process, Supervisor

_OURS = ".tidemark-home"
"""Empty file that says that a folder is a stack's home and may be removed as a whole."""


class UnknownServiceError(TidemarkError):
    """A name is neither a service nor a running program."""


class NotUpError(TidemarkError):
    """A service that a command needs is not healthy."""


class ForeignFolderError(TidemarkError):
    """The folder to remove is not a stack's home."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one service or program.

    `state` is ``ready``, ``starting``, ``down``, or ``external`` and ``away`` for one that is run
    elsewhere; memory is what its processes hold now.
    """

    name: str
    state: str
    pid: int | None
    uptime_s: int
    memory_mb: int
    address: str

    @property
    def is_healthy(self) -> bool:
        """Whether it does its work."""
        return self.state in {"ready", "external"}


class Stack:
    """One local stack.

    Args:
        settings: where it is and what it is made of.
        console: where a person sees the progress.
    """

    def __init__(self, settings: Settings, console: Console | None = None) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings.home)
        self.services = list_services(settings)
        self._console = console or Console()

    def up(self, names: Iterable[str] = ()) -> None:
        """Start services and those that they need, and wait until all are ready.

        Args:
            names: the services; all when none is named.

        Raises:
            UnknownServiceError: a name is not a service.
            PreflightError: something is missing or in the way; nothing was started.
            StartError: a service failed; what this call started was stopped.
        """
        wanted = self._with_needed(list(names) or list(self.services))
        with hold(self.settings.home, self._console.line):
            (self.settings.home / _OURS).touch()
            running = self.supervisor.processes()
            external = [service for service in wanted if service.external]
            to_start = [
                service
                for service in wanted
                if not service.external and not _is_running(running.get(service.name))
            ]
            if to_start:
                self._start(to_start, external, {service.name for service in wanted})
            else:
                names = ", ".join(service.name for service in wanted)
                self._console.line(f"already up: {names}")

    def check(self) -> None:
        """Check everything that the start of all services needs; nothing is started.

        Raises:
            PreflightError: something is missing or in the way.
        """
        with hold(self.settings.home, self._console.line):
            running = self.supervisor.processes()
            ours = [service for service in self.services.values() if not service.external]
            check(
                self.settings,
                [service for service in ours if not _is_running(running.get(service.name))],
                [service for service in self.services.values() if service.external],
            )

    def _start(
        self, to_start: Sequence[Service], external: Sequence[Service], wanted: set[str]
    ) -> None:
        was_alive = self.supervisor.is_alive()
        self.supervisor.start()
        try:
            check(self.settings, to_start, external)
            context = self._context()
            programs = {service.name: service.prepare(context) for service in to_start}
            self._console.line("starting:")
            ready = wanted - set(programs)
            Startup(self.supervisor, self._console, programs, ready).run(to_start)
        except BaseException:
            self._undo(to_start, was_alive=was_alive)
            raise

    def _undo(self, started: Sequence[Service], *, was_alive: bool) -> None:
        """Stop what a failed start has started."""
        if not was_alive:
            self.supervisor.shutdown()
            return
        for service in reversed(started):
            self.supervisor.stop_program(service.name)

    def _context(self) -> BuildContext:
        jdk = find_jdk()
        return BuildContext(
            settings=self.settings,
            jdk=jdk,
            maven=Maven(jdk, self._console),
            artifacts=read_artifacts(self.settings.root / "deploy" / "local" / "artifacts.toml"),
            console=self._console,
        )

    def down(self, *, wipe: bool = False, before: Callable[[], object] = lambda: None) -> None:
        """Stop everything, including what a dead supervisor left behind.

        Args:
            wipe: remove all state as well.
            before: run first, while no other command starts or stops this stack.

        Raises:
            ForeignFolderError: the home to remove was not made by `up`.
        """
        home = self.settings.home
        if not home.exists():
            return
        if wipe:
            self._check_ours()
        with hold(home, self._console.line):
            before()
            self.supervisor.shutdown(
                first=[service.name for service in self.services.values() if service.stops_first]
            )
            if wipe:
                shutil.rmtree(home)

    def _check_ours(self) -> None:
        home = self.settings.home
        if not (home / _OURS).exists():
            raise ForeignFolderError(
                f"{home}: expected a folder made by `tidemark up`, found no {_OURS} in it; "
                "TIDEMARK_HOME may be wrong, nothing was stopped, nothing was removed"
            )

    def status(self) -> list[Status]:
        """Return the status of every service, and of every other program under the supervisor."""
        processes = self.supervisor.processes()
        services = [
            self._service_status(service, processes.pop(service.name, None))
            for service in self.services.values()
        ]
        others = [_status(process, "ready", "") for process in processes.values()]
        return services + others

    def require(self) -> None:
        """Check that every service is healthy.

        Raises:
            NotUpError: some are not, by name.
        """
        services = (status for status in self.status() if status.name in self.services)
        unhealthy = [
            f"{status.name} is {status.state}" for status in services if not status.is_healthy
        ]
        if unhealthy:
            raise NotUpError(
                f"expected the whole stack to be up, found: {', '.join(unhealthy)}; "
                "start it with `tidemark up`"
            )

    def _service_status(self, service: Service, process: Process | None) -> Status:
        if service.external:
            state = "external" if service.is_ready() else "away"
            return Status(service.name, state, None, 0, 0, service.address)
        if not _is_running(process) or process is None:
            return Status(service.name, "down", None, 0, 0, service.address)
        state = "ready" if service.is_ready() else "starting"
        return _status(process, state, service.address)

    def _with_needed(self, names: Iterable[str]) -> list[Service]:
        """Return services with those that they need, each after those that it needs."""
        wanted: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in self.services:
                raise UnknownServiceError(
                    f"service {name!r}: expected one of {', '.join(self.services)}"
                )
            wanted.add(name)
            pending += self.services[name].after
        return [service for name, service in self.services.items() if name in wanted]


def _is_running(process: Process | None) -> bool:
    return process is not None and process.is_wanted


def _status(process: Process, state: str, address: str) -> Status:
    return Status(
        name=process.name,
        state=state if process.pid else "down",
        pid=process.pid or None,
        uptime_s=process.uptime_s,
        memory_mb=_memory_mb(process.pid) if process.pid else 0,
        address=address,
    )


def _memory_mb(pid: int) -> int:
    """Return what a process and its children hold in memory."""
    try:
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True))
        return sum(member.memory_info().rss for member in family) // 2**20
    except psutil.NoSuchProcess:
        return 0
