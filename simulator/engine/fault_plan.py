"""The faults that are set, and when they act on frames, handshakes, subscriptions and REST calls.

Pure: frames and instants are arguments; what to send, refuse or do is returned. See
`simulator.engine.faults` for the rules.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Literal

from simulator.binance.venues import Market
from simulator.engine.events import Frame
from simulator.engine.fault_state import Fault
from simulator.engine.faults import ACTS, STREAM_KINDS, FaultSpec
from simulator.engine.stream_faults import applied
from simulator.errors import FaultError

Obstacle = Literal["subscribe_error", "subscribe_mute"]


class FaultPlan:
    """All faults of a running simulator.

    Args:
        specs: faults that are set from the start.
    """

    def __init__(self, specs: Iterable[FaultSpec] = ()) -> None:
        self.faults: list[Fault] = []
        self._numbers = 0
        for spec in specs:
            self.add(spec)

    @property
    def idle(self) -> bool:
        """True when no fault can affect a frame any more."""
        return all(fault.state == "done" and not fault.held for fault in self.faults)

    def add(self, spec: FaultSpec) -> Fault:
        """Arm a fault."""
        self._numbers += 1
        fault = Fault(self._numbers, spec)
        self.faults.append(fault)
        return fault

    def clear(self, number: int | None = None) -> list[Frame]:
        """Remove one fault, or all; return the frames that they held back.

        Raises:
            FaultError: no fault has that number.
        """
        gone = [fault for fault in self.faults if number in (None, fault.number)]
        if number is not None and not gone:
            known = ", ".join(str(fault.number) for fault in self.faults) or "none is set"
            raise FaultError(
                f"fault: expected the id of one that is set, found {number}; known: {known}"
            )
        self.faults = [fault for fault in self.faults if fault not in gone]
        return [frame for fault in gone for _, frame in fault.held]

    def on_time(self, clock_ms: int, real_s: float) -> list[Fault]:
        """Let time pass; return the faults that act once and are due now.

        A `stale_snapshot` is among them at the moment when the books that it shows must be kept.
        """
        due: list[Fault] = []
        for fault in self.faults:
            has_come = fault.state == "armed" and fault.activate(clock_ms, real_s)
            if has_come and fault.spec.kind in ACTS:
                due.append(fault)
                if fault.spec.kind != "stale_snapshot":
                    fault.hits, fault.state = 1, "done"
            fault.expire(clock_ms, real_s)
        return due

    def released(self, clock_ms: int) -> list[Frame]:
        """Return frames that were held back until now, in the order of their release.

        Faults that were set after the one that held a frame back act on it now.
        """
        frames: list[Frame] = []
        # A later fault may hold a released frame back again, and release it by now, too.
        while entries := self._taken(clock_ms):
            for release_ms, place, frame in entries:
                late = replace(frame, due_ms=max(frame.due_ms, int(release_ms)))
                frames += self._through(place + 1, late)
        return frames

    def _taken(self, clock_ms: int) -> list[tuple[float, int, Frame]]:
        taken: list[tuple[float, int, Frame]] = []
        for place, fault in enumerate(self.faults):
            taken += [(time_ms, place, each) for time_ms, each in fault.held if time_ms <= clock_ms]
            fault.held = [entry for entry in fault.held if entry[0] > clock_ms]
        return sorted(taken, key=lambda entry: entry[0])

    def on_frame(self, frame: Frame) -> list[Frame]:
        """Return the frames that subscribers get instead, in order."""
        if not frame.stream:
            return [frame]  # a recorded snapshot, which only REST serves
        # All count it before any acts: what one fault withholds, the others have seen.
        for fault in self.faults:
            if fault.concerns(frame):
                fault.seen += 1
        return self._through(0, frame)

    def _through(self, place: int, frame: Frame) -> list[Frame]:
        """Return the frames that remain of one after the faults from a place on."""
        frames = [frame]
        for fault in self.faults[place:]:
            if fault.is_active and fault.spec.kind in STREAM_KINDS and fault.concerns(frame):
                frames = [out for each in frames for out in applied(fault, each)]
        return frames

    def refusal(self) -> int | None:
        """Count a handshake; return the HTTP status to refuse it with, or None."""
        fault = next((each for each in self._active("refuse")), None)
        if fault is None:
            return None
        fault.hit()
        return fault.spec.status

    def on_subscribe(self, market: Market, length_bytes: int) -> Obstacle | None:
        """Count a SUBSCRIBE; return how it fails, or None."""
        for fault in self._active("subscribe_mute"):
            if fault.spec.market in ("", market) and length_bytes > fault.spec.longest_bytes:
                fault.hit()
                return "subscribe_mute"
        for fault in self._active("subscribe_error"):
            if fault.spec.market in ("", market):
                fault.hit()
                return "subscribe_error"
        return None

    def rest_fault(self, kind: str, endpoint: str, symbols: Collection[str] = ()) -> Fault | None:
        """Return the first active fault of a kind that concerns a REST call, or None.

        Args:
            kind: of the fault.
            endpoint: with its market's prefix.
            symbols: that the call names.
        """
        found = (each for each in self._active(kind) if each.concerns_call(endpoint, symbols))
        return next(found, None)

    def _active(self, kind: str) -> Iterable[Fault]:
        return (fault for fault in self.faults if fault.is_active and fault.spec.kind == kind)
