"""The faults that are set, and what they do to frames, handshakes and REST calls.

Pure: frames and instants come in; what to send, whom to refuse and when to cut come out. See
`simulator.faults` for the rules.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from simulator.events import Frame
from simulator.faults import STREAM_KINDS, FaultSpec


@dataclass(slots=True)
class Fault:
    """One fault that is set.

    Attributes:
        hits: frames, calls or handshakes that it has touched so far.
        ends: end of an active fault; exchange ms for streams, real seconds for connections.
        held: frames that it keeps back, with the exchange time of their release.
    """

    number: int
    spec: FaultSpec
    seen: int = 0
    hits: int = 0
    ends: float = math.inf
    state: str = "armed"
    held: list[tuple[float, Frame]] = field(default_factory=list)

    def concerns(self, frame: Frame) -> bool:
        """Return True when the fault's stream is the frame's, or any."""
        return not self.spec.stream or self.spec.stream == frame.stream

    def hit(self) -> None:
        """Count one hit; a fault without an end is spent after `count`."""
        self.hits += 1
        if self.ends == math.inf and self.hits >= self.spec.count:
            self.state = "done"

    def status(self) -> dict[str, object]:
        """Return the fault as ``GET /control/status`` shows it."""
        spec: dict[str, object] = msgspec.to_builtins(self.spec)
        return {"id": self.number, **spec, "state": self.state, "hits": self.hits}


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
        """True when no fault can touch a frame any more."""
        return all(fault.state == "done" and not fault.held for fault in self.faults)

    def add(self, spec: FaultSpec) -> Fault:
        """Arm a fault."""
        self._numbers += 1
        fault = Fault(self._numbers, spec)
        self.faults.append(fault)
        return fault

    def clear(self) -> list[Frame]:
        """Forget every fault; return the frames that they kept back."""
        held = [frame for fault in self.faults for _, frame in fault.held]
        self.faults = []
        return held

    def on_time(self, clock_ms: int, real_s: float) -> list[Fault]:
        """Let time pass; return the cuts and shutdowns that are due now.

        A `stale_snapshot` is due once too, when the books that it shows are to be kept.
        """
        due: list[Fault] = []
        for fault in self.faults:
            if fault.state == "armed" and self._activate(fault, clock_ms, real_s):
                due += [fault] if fault.spec.kind == "stale_snapshot" else []
            if fault.state == "active" and fault.spec.kind == "refuse" and real_s >= fault.ends:
                fault.state = "done"
            if fault.state == "active" and fault.spec.kind in ("cut", "shutdown"):
                fault.hits, fault.state = 1, "done"
                due.append(fault)
        return due

    def _activate(self, fault: Fault, clock_ms: int, real_s: float) -> bool:
        spec = fault.spec
        if fault.seen < spec.after_frames or clock_ms < spec.at_event_time_ms:
            return False
        fault.state = "active"
        if spec.kind in ("silence", "stall"):
            fault.ends = clock_ms + spec.seconds * 1000
        elif spec.kind == "refuse" and spec.seconds:
            fault.ends = real_s + spec.seconds
        return True

    def released(self, clock_ms: int) -> list[Frame]:
        """Return frames that were kept back until now, in the order of their release."""
        out: list[tuple[float, Frame]] = []
        for fault in self.faults:
            out += [entry for entry in fault.held if entry[0] <= clock_ms]
            fault.held = [entry for entry in fault.held if entry[0] > clock_ms]
        return [frame for _, frame in sorted(out, key=lambda entry: entry[0])]

    def on_frame(self, frame: Frame) -> list[Frame]:
        """Return what subscribers get instead of the frame, in order."""
        frames = [frame]
        if not frame.stream:
            return frames
        for fault in self.faults:
            if not fault.concerns(frame):
                continue
            fault.seen += 1
            if fault.state == "active" and fault.spec.kind in STREAM_KINDS:
                frames = [out for each in frames for out in _applied(fault, each)]
        return frames

    def refusal(self) -> int | None:
        """Count a handshake; return the HTTP status to refuse it with, or None."""
        return self._hit_first("refuse")

    def rest_error(self, endpoint: str) -> FaultSpec | None:
        """Count a REST call; return the fault that it fails with, or None."""
        return self.rest_fault("rest_error", endpoint)

    def rest_fault(self, kind: str, endpoint: str) -> FaultSpec | None:
        """Count a REST call for the first active fault of a kind; return the fault, or None."""
        for fault in self.faults:
            wanted = fault.spec.endpoint in ("", endpoint)
            if fault.spec.kind == kind and fault.state == "active" and wanted:
                fault.hit()
                return fault.spec
        return None

    def _hit_first(self, kind: str) -> int | None:
        for fault in self.faults:
            if fault.spec.kind == kind and fault.state == "active":
                fault.hit()
                return fault.spec.status
        return None


def _applied(fault: Fault, frame: Frame) -> list[Frame]:
    if fault.spec.kind in ("silence", "stall"):
        return _silenced(fault, frame)
    if fault.spec.kind == "reorder":
        return _reordered(fault, frame)
    if fault.state != "active":
        return [frame]
    fault.hit()
    if fault.spec.kind == "drop":
        return []
    if fault.spec.kind == "duplicate":
        return [frame, frame]
    if fault.spec.kind == "corrupt":
        return [replace(frame, payload=frame.payload[: len(frame.payload) // 2])]
    fault.held.append((frame.due_ms + fault.spec.seconds * 1000, frame))
    return []


def _silenced(fault: Fault, frame: Frame) -> list[Frame]:
    if frame.due_ms >= fault.ends:
        fault.state = "done"
        return [frame]
    fault.hit()
    if fault.spec.kind == "stall":
        fault.held.append((fault.ends, frame))
    return []


def _reordered(fault: Fault, frame: Frame) -> list[Frame]:
    if not fault.held:
        fault.held.append((math.inf, frame))
        return []
    (_, earlier), fault.held = fault.held[0], []
    fault.hit()
    return [frame, earlier]
