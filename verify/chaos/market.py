"""The market of a run: a simulator that keeps a journal of what happens, and the connectors."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from simulator.engine.symbols import made_up_symbols
from stack.feeds import (
    Feed,
    SimulatorStatus,
    connector_program,
    simulator_program,
    simulator_status,
)
from stack.settings import LOOPBACK, Settings
from stack.supervisor import Supervisor
from verify.chaos.plan import Fault, Plan
from verify.chaos.strikes import SPOT, USDM, specs_of, stream_address
from verify.replay import CONNECTOR, SIMULATOR, free_port
from verify.replay_plan import ReplayError

_START_S = 90.0
_POLL_S = 0.2
_TIMEOUT_S = 60
"""The simulator shares the machine with everything that is killed and restarts."""
_MINUTE_MS = 60_000
_CALM = 0.1
_AFTER_S = 3.0
"""How long before the end of a minute the plan ends, so that its last windows close soon."""


@dataclass(frozen=True, slots=True)
class Market:
    """A running market.

    Attributes:
        symbols: the busiest first.
        port: of the simulator.
        journal: folder of capture files with all that really happened.
        started_s: monotonic seconds at which its clock began to run.
    """

    symbols: Sequence[str]
    port: int
    journal: Path
    started_s: float

    def now_ms(self) -> int:
        """Return the exchange's time.

        Raises:
            ReplayError: the simulator is gone.
        """
        return _status(self.port).clock_ms

    def strike(self, fault: Fault) -> None:
        """Start a fault of the exchange."""
        answer = requests.post(
            self._url("faults"), json=specs_of(fault, self.symbols), timeout=_TIMEOUT_S
        )
        if not answer.ok:
            raise ReplayError(f"fault {fault}: expected the simulator to take it: {answer.text}")

    def end_faults(self) -> None:
        """Clear every fault of the exchange."""
        requests.delete(self._url("faults"), timeout=_TIMEOUT_S).raise_for_status()

    def calm_down(self) -> None:
        """Slow the market down to a tenth of the usual rates."""
        answer = requests.post(self._url("pace"), json={"factor": _CALM}, timeout=_TIMEOUT_S)
        answer.raise_for_status()

    def hits(self) -> list[dict[str, Any]]:
        """Return the faults that were set, with what each has touched."""
        found: list[dict[str, Any]] = requests.get(self._url("faults"), timeout=_TIMEOUT_S).json()[
            "faults"
        ]
        return found

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.port}/control/{name}"


def symbols_named(count: int) -> tuple[str, ...]:
    """Return the names of `count` symbols, the busiest first."""
    return made_up_symbols(count)


@contextmanager
def running_market(settings: Settings, plan: Plan, journal: Path) -> Iterator[Market]:
    """Run simulator and connectors while the block runs, from the market's start on.

    The market begins once every stream is subscribed to, so that the pipeline sees all of it.

    Raises:
        ReplayError: its clock does not start.
    """
    supervisor, port, symbols = Supervisor(settings.home), free_port(), symbols_named(plan.symbols)
    options = ["--synthetic", ",".join(symbols), "--market", "all", "--seed", str(plan.seed)]
    options += ["--journal", str(journal), "--start-time-ms", str(_start_ms(plan))]
    for address in _streams(symbols):
        options += ["--wait-for", address]
    books = {SPOT: symbols, USDM: symbols}
    feed = Feed("simulator", symbols, port, rest_port=0, books=books)
    try:
        supervisor.start_program(simulator_program(SIMULATOR, settings, port, options))
        _wait(lambda: simulator_status(port) is not None, supervisor, SIMULATOR)
        supervisor.start_program(connector_program(CONNECTOR, settings, feed))
        _wait(lambda: bool(_status(port).sent), supervisor, CONNECTOR)
        yield Market(symbols, port, journal, time.monotonic())
    finally:
        supervisor.stop_program(CONNECTOR)
        supervisor.stop_program(SIMULATOR)


def _start_ms(plan: Plan) -> int:
    """Return an instant near now from which the plan ends shortly before a minute does."""
    now_ms = int(time.time() * 1_000)
    plan_ms = int((plan.minutes * 60 + _AFTER_S) * 1_000)
    return now_ms - (now_ms + plan_ms) % _MINUTE_MS


def _streams(symbols: Sequence[str]) -> list[str]:
    kinds = ((SPOT, "trade"), (SPOT, "depth"), (USDM, "depth"))
    return [
        stream_address(market, symbol, stream) for market, stream in kinds for symbol in symbols
    ]


def _status(port: int) -> SimulatorStatus:
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        status = simulator_status(port)
        if status is not None:
            return status
        time.sleep(_POLL_S)
    raise ReplayError(f"{SIMULATOR}: expected it to answer on port {port}, found none")


def _wait(ready: Any, supervisor: Supervisor, program: str) -> None:
    deadline = time.monotonic() + _START_S
    while not ready():
        if time.monotonic() > deadline:
            raise ReplayError(
                f"{program}: expected the market to begin within {_START_S:.0f} s, found that it "
                f"did not; see {supervisor.log(program)}"
            )
        time.sleep(_POLL_S)
