"""What a task gets from its worker, for tests without one; its clock is moved by hand."""

from collections.abc import Mapping, Sequence

from connectors.connect.contract import SourceRecord, TaskContext
from connectors.connect.dead_letters import DeadLetterLimits, DeadLetters
from connectors.connect.offsets import SourceOffsets, encode_key, encode_offset
from connectors.connect.telemetry import Telemetry

CONNECTOR = "binance-spot"


class HandClock:
    """Both clocks of the adapters; the instant and the seconds advance together."""

    def __init__(self, time_ms: int = 1_700_000_000_000) -> None:
        self._time_ms = time_ms
        self._monotonic_s = 100.0

    def advance(self, seconds: float) -> None:
        self._time_ms += round(seconds * 1000)
        self._monotonic_s += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock, which moves no monotonic one."""
        self._time_ms += round(seconds * 1000)

    def time_ms(self) -> int:
        return self._time_ms

    def monotonic_s(self) -> float:
        return self._monotonic_s


def context(
    clock: HandClock | None = None,
    offsets: Sequence[tuple[Mapping[str, str], Mapping[str, object]]] = (),
    limits: DeadLetterLimits | None = None,
) -> TaskContext:
    """Return the context of task 0."""
    clock = clock or HandClock()
    stored = {encode_key(CONNECTOR, part): encode_offset(offset) for part, offset in offsets}
    return TaskContext(
        connector=CONNECTOR,
        task=0,
        offsets=SourceOffsets(CONNECTOR, stored),
        dead_letters=DeadLetters(CONNECTOR, 0, limits or DeadLetterLimits(), clock),
        telemetry=Telemetry(CONNECTOR, 0),
        clock=clock,
    )


def values(records: Sequence[SourceRecord], topic: str) -> list[Mapping[str, object]]:
    """Return the values of a topic's records, in order."""
    return [record.value for record in records if record.topic == topic]
