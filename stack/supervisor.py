"""The process supervisor: supervisord, with one state folder and one socket per stack.

Programs are added to it while it runs. It restarts whatever dies, so that a killed service comes
back; it does not know what makes a service healthy.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.states import RUNNING_STATES
from supervisor.xmlrpc import Faults, SupervisorTransport

from market.errors import TidemarkError
from stack.orphans import MARK, end_marked
from stack.program import Program, render_script, render_section, render_supervisor

_SOCKET_PATH_BYTES = 90
"""Longest path for the socket: the system's limit is 104 to 108, and supervisord appends a pid."""

_WITHOUT_WAITING = False
"""Supervisord's own wait only says that a process did not die at once."""


class SupervisorError(TidemarkError):
    """The supervisor refused a request."""


class SupervisorDownError(SupervisorError):
    """The supervisor does not run."""


@dataclass(frozen=True, slots=True)
class Process:
    """A supervised program as it is now.

    `state` is supervisord's word, such as ``RUNNING`` or ``BACKOFF``; `pid` is 0 when there is
    no process.
    """

    name: str
    state: str
    pid: int
    uptime_s: int
    is_wanted: bool
    """Whether the supervisor keeps it running or tries to."""


class Supervisor:
    """The supervisor of one stack.

    Args:
        home: the stack's home; its state is below ``supervisor/``, the logs below ``logs/``.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "supervisor"
        self._programs = self._folder / "programs"
        self._logs = home / "logs"
        self._socket = socket_path(self._folder)

    def log(self, name: str) -> Path:
        """Return the file that holds what a program prints."""
        return self._logs / f"{name}.log"

    def is_alive(self) -> bool:
        """Return whether the supervisor answers."""
        try:
            with self._calls() as supervisor:
                supervisor.getPID()
        except SupervisorDownError:
            return False
        return True

    def start(self) -> None:
        """Start the supervisor if it does not run; end what a dead one left behind first.

        Raises:
            SupervisorDownError: it does not come up.
        """
        if self.is_alive():
            return
        end_marked(self._home)
        shutil.rmtree(self._programs, ignore_errors=True)
        for folder in (self._programs, self._logs, self._socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "supervisord.conf"
        configuration.write_text(render_supervisor(self._folder, self._socket))
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            env={**os.environ, MARK: str(self._home)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not _within(10, self.is_alive):
            raise SupervisorDownError(
                f"supervisor: expected it to answer on {self._socket}, found none; "
                f"it said: {done.stdout}{done.stderr} (see {self._folder / 'supervisord.log'})"
            )

    def start_program(self, program: Program) -> None:
        """Start a program and keep it alive; one that runs under this name is replaced.

        Raises:
            SupervisorError: the supervisor does not run, or refuses.
        """
        script = self._programs / f"{program.name}.sh"
        section = self._programs / f"{program.name}.conf"
        self.stop_program(program.name)
        _write_private(script, render_script(program))
        _write_private(section, render_section(program, script, self.log(program.name)))
        with self._calls() as supervisor:
            supervisor.reloadConfig()
            supervisor.addProcessGroup(program.name)
            supervisor.startProcess(program.name, _WITHOUT_WAITING)

    def stop_program(self, name: str) -> None:
        """Stop a program, wait for its end and remove it; nothing happens if it is not there."""
        with self._calls() as supervisor:
            try:
                supervisor.stopProcess(name)
            except Fault as fault:
                if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                    raise
            with contextlib.suppress(Fault):
                supervisor.removeProcessGroup(name)
        (self._programs / f"{name}.conf").unlink(missing_ok=True)

    def processes(self) -> dict[str, Process]:
        """Return every program by name; nothing when the supervisor does not run."""
        try:
            with self._calls() as supervisor:
                entries: list[dict[str, Any]] = supervisor.getAllProcessInfo()
        except SupervisorDownError:
            return {}
        return {entry["name"]: _process(entry) for entry in entries}

    def pid(self, name: str) -> int | None:
        """Return the id of a program's process, if it has one."""
        process = self.processes().get(name)
        return process.pid or None if process else None

    def shutdown(self, first: Iterable[str] = ()) -> None:
        """Stop every program and the supervisor, and whatever else has the stack's mark.

        Args:
            first: programs that must have ended before any other is stopped.
        """
        with contextlib.suppress(SupervisorDownError):
            for name in first:
                self.stop_program(name)
            self._shut_down_politely()
        end_marked(self._home)

    def _shut_down_politely(self) -> None:
        """Ask all programs to end, the last started first, then the supervisor."""
        with self._calls() as supervisor:
            pid = int(supervisor.getPID())
            with contextlib.suppress(Fault):
                supervisor.stopAllProcesses()
            supervisor.shutdown()
        _within(60, lambda: not _exists(pid))

    @contextlib.contextmanager
    def _calls(self) -> Iterator[Any]:
        """Yield the supervisor's XML-RPC interface.

        Raises:
            SupervisorDownError: the supervisor does not run.
            SupervisorError: it refuses.
        """
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        try:
            with ServerProxy("http://supervisor", transport=transport) as proxy:
                yield proxy.supervisor
        except OSError as error:
            raise SupervisorDownError(
                f"supervisor: expected it to answer on {self._socket}, found: {error}; "
                "start the stack with `tidemark up`"
            ) from error
        except Fault as fault:
            raise SupervisorError(f"supervisor on {self._socket}: {fault.faultString}") from fault


def socket_path(folder: Path) -> Path:
    """Return where a supervisor listens: in its folder, or in a shorter one if that is too long."""
    inside = folder / "supervisor.sock"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_BYTES:
        return inside
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(runtime) / f"tidemark-{os.getuid()}-{name}" / "supervisor.sock"


def _process(entry: dict[str, Any]) -> Process:
    alive = bool(entry["pid"])
    return Process(
        name=entry["name"],
        state=entry["statename"],
        pid=entry["pid"],
        uptime_s=entry["now"] - entry["start"] if alive else 0,
        is_wanted=entry["state"] in RUNNING_STATES,
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read: programs' environments hold passwords."""
    path.touch(mode=0o600)
    path.write_text(text)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Return whether a condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
