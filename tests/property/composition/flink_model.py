"""Flink as far as the proof needs it: partitions, watermarks, windows, late records, restores.

* A job reads the partitions of its topics in their order, and between them in an order that the
  machine chooses. The operator's watermark is the least of the partitions' own.
* A window of a second closes when the watermark reaches its last millisecond; a record whose window
  is closed is dropped. Minutes are made of the rows of their seconds.
* A checkpoint keeps the places in the partitions, the windows that are open and the watermark of
  the window operator; that of the sources is not kept, as in Flink. After a restore everything
  since is read again. Rows go to MongoDB at once (`live`) and to the result topic when the
  checkpoint that holds them is complete (`topic`), and late records likewise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.property.composition.kafka_model import Value

SECOND_MS, MINUTE_MS = 1_000, 60_000
NEVER = -(1 << 62)

Watermark = Callable[[Value], int | None]
"""Returns the watermark that a record brings, None for none."""


def by_heartbeats(value: Value) -> int | None:
    """Only heartbeats move a watermark."""
    return value["event_time_ms"] - 1 if value["kind"] == "heartbeat" else None  # type: ignore[operator]


def by_every_record(value: Value) -> int | None:
    """Every record moves the watermark, which trails it by a second."""
    return value["event_time_ms"] - SECOND_MS  # type: ignore[operator]


class Row(NamedTuple):
    """One row that a window gave.

    Attributes:
        found: what the observer compares with the truth.
        claims: whether the row says of itself that it is whole.
    """

    key: str
    interval_ms: int
    start_ms: int
    found: tuple[object, ...]
    claims: bool


class Late(NamedTuple):
    """What a job names as late."""

    key: str
    event_time_ms: int


class Windows(NamedTuple):
    """What a job's windows compute, from plain lists of what fell into them."""

    second: Callable[[str, int, Sequence[Value]], object]
    minute: Callable[[str, int, Sequence[object]], object]
    row: Callable[[str, int, int, object], Row]


@dataclass(slots=True)
class _State:
    places: list[int]
    watermark: int = NEVER
    seconds: dict[tuple[int, str], list[Value]] = field(default_factory=dict)
    minutes: dict[tuple[int, str], list[object]] = field(default_factory=dict)

    def copy(self) -> "_State":
        return _State(
            self.places.copy(),
            self.watermark,
            {place: values.copy() for place, values in self.seconds.items()},
            {place: values.copy() for place, values in self.minutes.items()},
        )


class FlinkJob:
    """One job on one topic.

    Args:
        partitions: of the topic.
        windows: what is computed.
        watermark: the rule of the source.
    """

    def __init__(
        self, partitions: list[list[Value]], windows: Windows, watermark: Watermark
    ) -> None:
        self._partitions = partitions
        self._windows = windows
        self._rule = watermark
        self._state = _State([0] * len(partitions))
        self._kept = self._state.copy()
        self._marks = [NEVER] * len(partitions)
        self._new: list[Row] = []
        self._uncommitted: list[Row] = []
        self._late_uncommitted: list[Late] = []
        self._dropped: set[Late] = set()
        self.late: set[Late] = set()
        self.unnamed: set[Late] = set()
        """What windows dropped until the last checkpoint and no late record names."""
        self.paused: set[int] = set()
        """Partitions that are not read now."""

    def take_rows(self) -> list[Row]:
        """Return the rows that MongoDB got since the last call."""
        new, self._new = self._new, []
        return new

    def poll(self, order: Iterable[int], most: int = 1 << 30) -> None:
        """Read partitions one after the other, some records of each."""
        for number in order:
            if number in self.paused:
                continue
            values, place = self._partitions[number], self._state.places[number]
            end = min(len(values), place + most)
            for index in range(place, end):
                self._read(number, values[index])
            self._state.places[number] = end

    def _read(self, number: int, value: Value) -> None:
        if value["kind"] != "heartbeat":
            self._add(value)
        mark = self._rule(value)
        if mark is not None and mark > self._marks[number]:
            self._marks[number] = mark
            watermark = min(self._marks)
            if watermark > self._state.watermark:
                self._state.watermark = watermark
                self._close(watermark)

    def _add(self, value: Value) -> None:
        state, time_ms = self._state, value["event_time_ms"]
        key = f"{value['market']}|{value['symbol']}"
        start_ms = time_ms - time_ms % SECOND_MS  # type: ignore[operator]
        if value.get("late_after_ms") is not None or self._is_behind_source(start_ms):
            self._late_uncommitted.append(Late(key, time_ms))  # type: ignore[arg-type]
        if start_ms + SECOND_MS - 1 <= state.watermark:
            self._dropped.add(Late(key, time_ms))  # type: ignore[arg-type]
            return
        state.seconds.setdefault((start_ms, key), []).append(value)

    def _is_behind_source(self, start_ms: int) -> bool:
        """Today's way to name late records: by the watermark of the source."""
        return self._rule is by_every_record and start_ms + SECOND_MS - 1 <= min(self._marks)

    def _close(self, watermark: int) -> None:
        state, windows = self._state, self._windows
        due = sorted(w for w in state.seconds if w[0] + SECOND_MS - 1 <= watermark)
        for start_ms, key in due:
            sums = windows.second(key, start_ms, state.seconds.pop((start_ms, key)))
            self._give(windows.row(key, SECOND_MS, start_ms, sums))
            minute = start_ms - start_ms % MINUTE_MS
            state.minutes.setdefault((minute, key), []).append(sums)
        done = sorted(w for w in state.minutes if w[0] + MINUTE_MS - 1 <= watermark)
        for start_ms, key in done:
            sums = windows.minute(key, start_ms, state.minutes.pop((start_ms, key)))
            self._give(windows.row(key, MINUTE_MS, start_ms, sums))

    def _give(self, row: Row) -> None:
        self._new.append(row)
        self._uncommitted.append(row)

    def checkpoint(self) -> list[Row]:
        """Complete a checkpoint; return the rows that the result topic shows by it."""
        self._kept = self._state.copy()
        committed, self._uncommitted = self._uncommitted, []
        self.late.update(self._late_uncommitted)
        self._late_uncommitted.clear()
        self.unnamed = self._dropped - self.late
        self._dropped.clear()
        return committed

    def restore(self) -> None:
        """Die, and go on from the last checkpoint."""
        self._state = self._kept.copy()
        self._marks = [NEVER] * len(self._partitions)
        self._uncommitted.clear()
        self._late_uncommitted.clear()
        self._dropped.clear()
