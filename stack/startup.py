"""Start services: each as soon as those it needs are ready, all others in parallel.

One loop asks each service in turn; it knows nothing of a service beyond `Service`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from market.errors import TidemarkError
from stack.console import Console
from stack.program import Program
from stack.service import Service
from stack.supervisor import Process, Supervisor

_ROUND_S = 0.25
_LOG_LINES = 15


class StartError(TidemarkError):
    """A service died or did not become ready; the text ends with its last output."""


@dataclass(slots=True)
class Startup:
    """The start of some services.

    Args:
        supervisor: runs them.
        console: gets a line for each that is ready.
        programs: what to run for each service.
        ready: names of services that need no start.
    """

    supervisor: Supervisor
    console: Console
    programs: dict[str, Program]
    ready: set[str]
    _started_at: dict[str, float] = field(default_factory=dict)
    _pids: dict[str, int] = field(default_factory=dict)

    def run(self, services: Sequence[Service]) -> None:
        """Start services and wait until all are ready.

        Raises:
            StartError: one of them failed; the others are left as they are.
        """
        pending = list(services)
        with self.console.waiting("starting") as show:
            while pending:
                processes = self.supervisor.processes()
                for service in pending:
                    self._advance(service, processes.get(service.name))
                pending = [service for service in pending if service.name not in self.ready]
                show(f"waiting for {', '.join(service.name for service in pending)}")
                time.sleep(_ROUND_S if pending else 0)

    def _advance(self, service: Service, process: Process | None) -> None:
        if service.name not in self._started_at:
            if self.ready.issuperset(service.after):
                self.supervisor.start_program(self.programs[service.name])
                self._started_at[service.name] = time.monotonic()
            return
        elapsed_s = time.monotonic() - self._started_at[service.name]
        self._check_alive(service, process)
        if service.is_ready():
            self.ready.add(service.name)
            self.console.line(f"  {service.name:<14} {elapsed_s:5.1f} s   {service.address}")
        elif elapsed_s > service.start_within_s:
            raise self._failure(service, f"found it not ready after {elapsed_s:.0f} s")

    def _check_alive(self, service: Service, process: Process | None) -> None:
        """Raise if a service's process ended: a changed id means that it was restarted."""
        if process is None or not process.pid:
            if process is None or process.state in {"BACKOFF", "EXITED", "FATAL"}:
                raise self._failure(service, "found that its process ended")
            return
        if self._pids.setdefault(service.name, process.pid) != process.pid:
            raise self._failure(service, "found that its process ended")

    def _failure(self, service: Service, found: str) -> StartError:
        log = self.supervisor.log(service.name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        last = "\n".join(f"    {line}" for line in lines[-_LOG_LINES:]) or "    (nothing)"
        return StartError(
            f"{service.name}: expected it to become ready at {service.address}, {found}; "
            f"the end of {log}:\n{last}"
        )
