"""Replay a capture through the running stack, with a kill in mid-stream if asked for."""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from stack.feeds import (
    Feed,
    SimulatorStatus,
    connector_program,
    simulator_program,
    simulator_status,
)
from stack.settings import LOOPBACK, Settings
from stack.supervisor import Supervisor
from verify.replay_plan import Replay, ReplayError
from verify.settling import drain
from verify.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Iterator

KILL_AT = (0.4, 0.7)
"""Fractions of the frames after which each kill hits: in mid-stream, with windows open."""
_POLL_S = 0.25
_SPARE_S = 1.0
_START_S = 60.0
SIMULATOR, CONNECTOR = "verify-simulator", "verify-connector"


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def feeding(settings: Settings, replay: Replay) -> "Iterator[int]":
    """Run simulator and connector while the block runs; yield the simulator's port.

    Raises:
        ReplayError: the simulator does not answer.
    """
    supervisor, port = Supervisor(settings.home), free_port()
    options = ["--speed", replay.speed]
    for path in replay.files:
        options += ["--capture", str(path.resolve())]
    for fault in replay.faults:
        options += ["--fault", fault]
    options += _awaited(replay)
    feed = Feed(
        "simulator",
        replay.symbols,
        port,
        rest_port=0,
        options=replay.connector,
        books={market: books.symbols for market, books in replay.books.items()},
        book_options={
            market: {"depth.speed": books.speed}
            for market, books in replay.books.items()
            if books.speed
        },
    )
    try:
        supervisor.start_program(simulator_program(SIMULATOR, settings, port, options))
        _wait(lambda: simulator_status(port) is not None, supervisor, SIMULATOR)
        supervisor.start_program(connector_program(CONNECTOR, settings, feed))
        yield port
    finally:
        supervisor.stop_program(CONNECTOR)
        supervisor.stop_program(SIMULATOR)


def _awaited(replay: Replay) -> list[str]:
    """Return the options that hold the market back until every connector listens.

    One connector alone needs none: it subscribes to all its streams at once, and refuses symbols
    that would be waited for in vain.
    """
    if not replay.books:
        return []
    streams = [f"{symbol.lower()}@trade" for symbol in replay.symbols]
    for market, books in replay.books.items():
        path = "public/" if market == "binance-usdm" else ""
        suffix = f"@{books.speed}" if books.speed else ""
        streams += [f"{path}{symbol.lower()}@depth{suffix}" for symbol in books.symbols]
    waits = [option for stream in streams for option in ("--wait-for", stream)]
    return [*waits, "--hold-for-snapshots"] if replay.holds_for_books else waits


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
    with feeding(settings, replay) as port:
        play(settings, port, replay, report)
        drain(stores, replay, report)
        # One more checkpoint, so that a surplus row has had its time to appear.
        time.sleep(settings.flink.checkpoint_interval_s + _SPARE_S)


def play(settings: Settings, port: int, replay: Replay, report: Callable[[str], None]) -> None:
    """Wait for the simulator's last frame, and carry out the kills in between.

    Raises:
        ReplayError: the simulator sends nothing, is gone, or the process to kill is not there.
    """
    supervisor = Supervisor(settings.home)
    kills = list(zip(KILL_AT, replay.kills, strict=False))
    start_by = time.monotonic() + _START_S
    while True:
        status = _status(supervisor, port)
        if not status.sent and time.monotonic() > start_by:
            raise ReplayError(
                f"{SIMULATOR}: expected its streams to be subscribed to within {_START_S:.0f} s, "
                f"found that nothing was sent; see {supervisor.log(CONNECTOR)}"
            )
        report(_position(status))
        if kills and _fraction(status) >= kills[0][0]:
            _, target = kills.pop(0)
            report(f"kill -9 {target} (pid {_kill(supervisor, target)})")
        if status.finished:
            return
        time.sleep(_POLL_S)


def _status(supervisor: Supervisor, port: int) -> SimulatorStatus:
    """Return the simulator's progress; one that is busy with frames may answer late."""
    deadline = time.monotonic() + _START_S
    while (status := simulator_status(port)) is None:
        if supervisor.pid(SIMULATOR) is None or time.monotonic() > deadline:
            raise ReplayError(
                f"{SIMULATOR}: expected it to answer within {_START_S:.0f} s, found it "
                f"{'silent' if supervisor.pid(SIMULATOR) else 'gone'}; "
                f"see {supervisor.log(SIMULATOR)}"
            )
        time.sleep(_POLL_S)
    return status


def _fraction(status: SimulatorStatus) -> float:
    return status.sent / status.total if status.total else 0.0


def _position(status: SimulatorStatus) -> str:
    return f"replay: {status.sent:,} of {status.total or 0:,} frames"
