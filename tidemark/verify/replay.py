"""Replay a capture through the running stack, with a kill in mid-stream if asked for."""

import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from market.errors import TidemarkError
from tidemark.feeds import (
    Feed,
    SimulatorStatus,
    connector_program,
    simulator_program,
    simulator_status,
)
from tidemark.settings import LOOPBACK, Settings
from tidemark.stack.supervisor import Supervisor
from tidemark.verify.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Iterator

KILL_AT = 0.4
"""Part of the frames after which a kill strikes: in mid-stream, with windows open."""
STALLED_S = 120.0
"""Without any new row for so long, what is missing will not come."""
_POLL_S = 1.0
_START_S = 30.0
SIMULATOR, CONNECTOR = "verify-simulator", "verify-connector"


class ReplayError(TidemarkError):
    """The replay could not be run; nothing is said about the rows."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be replayed, and how.

    Attributes:
        speed: the simulator's word: a factor of real time, or ``max``.
        kill: ``taskmanager``, ``connector`` or None.
        expected: rows by table that end the wait when they are there.
        faults: of the simulator, as its JSON.
        connector: further keys of the connector's configuration.
    """

    files: Sequence[Path]
    symbols: Sequence[str]
    speed: str
    expected: Mapping[str, int]
    kill: str | None = None
    faults: Sequence[str] = ()
    connector: Mapping[str, str] = field(default_factory=dict)


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def _feed(supervisor: Supervisor, settings: Settings, replay: Replay) -> "Iterator[int]":
    """Run simulator and connector while the block runs; yield the simulator's port."""
    port = free_port()
    options = ["--speed", replay.speed]
    for path in replay.files:
        options += ["--capture", str(path.resolve())]
    for fault in replay.faults:
        options += ["--fault", fault]
    feed = Feed("simulator", replay.symbols, port, rest_port=0, options=replay.connector)
    try:
        supervisor.start_program(simulator_program(SIMULATOR, settings, port, options))
        _wait(lambda: simulator_status(port) is not None, supervisor, SIMULATOR)
        supervisor.start_program(connector_program(CONNECTOR, settings, feed))
        yield port
    finally:
        supervisor.stop_program(CONNECTOR)
        supervisor.stop_program(SIMULATOR)


def _wait(ready: Callable[[], bool], supervisor: Supervisor, program: str) -> None:
    deadline = time.monotonic() + _START_S
    while not ready():
        if time.monotonic() > deadline:
            raise ReplayError(
                f"{program}: expected it to answer within {_START_S:.0f} s, found none; see "
                f"{supervisor.log(program)}"
            )
        time.sleep(0.2)


def _kill(supervisor: Supervisor, target: str) -> int:
    name = CONNECTOR if target == "connector" else target
    pid = supervisor.pid(name)
    if pid is None:
        raise ReplayError(f"--kill {target}: expected a process of {name}, found none")
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return pid


def run(settings: Settings, stores: Stores, replay: Replay, report: Callable[[str], None]) -> None:
    """Replay and wait until every expected row is there, or none has come for a long time.

    Raises:
        ReplayError: the simulator or the process to kill is not there.
    """
    supervisor = Supervisor(settings.home)
    with _feed(supervisor, settings, replay) as port:
        _play(supervisor, port, replay, report)
        _drain(stores, replay.expected, report)
        # One more checkpoint, so that a surplus row has had its time to appear.
        time.sleep(settings.flink.checkpoint_interval_s + _POLL_S)


def _play(supervisor: Supervisor, port: int, replay: Replay, report: Callable[[str], None]) -> None:
    killed = replay.kill is None
    while True:
        status = simulator_status(port)
        if status is None:
            raise ReplayError(f"{SIMULATOR} is gone; see {supervisor.log(SIMULATOR)}")
        report(_position(status))
        if not killed and replay.kill and _fraction(status) >= KILL_AT:
            report(f"kill -9 {replay.kill} (pid {_kill(supervisor, replay.kill)})")
            killed = True
        if status.finished:
            return
        time.sleep(_POLL_S / 4)


def _fraction(status: SimulatorStatus) -> float:
    return status.sent / status.total if status.total else 0.0


def _position(status: SimulatorStatus) -> str:
    return f"replay: {status.sent:,} of {status.total or 0:,} frames"


def _drain(stores: Stores, expected: Mapping[str, int], report: Callable[[str], None]) -> None:
    last: dict[str, int] = {}
    changed = time.monotonic()
    while time.monotonic() - changed < STALLED_S:
        counts = {
            f"{store}.{name}": count
            for name in expected
            for store, count in stores.count(name).items()
        }
        report("rows: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
        if all(count >= expected[name.split(".")[1]] for name, count in counts.items()):
            return
        if counts != last:
            last, changed = counts, time.monotonic()
        time.sleep(_POLL_S)
