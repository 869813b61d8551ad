"""What a task gets from its worker, for tests without a worker."""

from collections.abc import Mapping, Sequence

from connectors.connect.contract import SourceRecord, TaskContext
from connectors.connect.dead_letters import DeadLetterLimits, DeadLetters
from connectors.connect.offsets import SourceOffsets, encode_key, encode_offset
from connectors.connect.telemetry import Telemetry
from tests.support.clocks import HandClock

CONNECTOR = "binance-spot"


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
