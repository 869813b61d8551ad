"""Reads capture files: lines to frames.

A capture file is gzip text; each line is ``<local receive time, ns> <JSON exactly as received>``
where the JSON is a combined-stream frame or a REST book snapshot. Pacing follows the exchange's
event time: a frame without one (``bookTicker``, snapshots) is due at its receive time plus the
difference between the two clocks last seen.
"""

import gzip
import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from simulator.decimals import to_e8
from simulator.errors import CaptureError
from simulator.events import Frame, Trade

MAX_PROBLEMS = 1000
"""Lines kept with their reason; more are only counted."""


class _Envelope(msgspec.Struct, frozen=True):
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    update_id: int | None = msgspec.field(default=None, name="lastUpdateId")


class _Event(msgspec.Struct, frozen=True):
    """The fields of any recorded event that the replay looks at."""

    symbol: str = msgspec.field(name="s")
    event: str = msgspec.field(default="", name="e")
    event_time_ms: int | None = msgspec.field(default=None, name="E")
    update_id: int | None = msgspec.field(default=None, name="u")
    previous_update_id: int | None = msgspec.field(default=None, name="pu")
    futures_kind: str | None = msgspec.field(default=None, name="X")
    trade_id: int = msgspec.field(default=-1, name="t")
    price: str = msgspec.field(default="", name="p")
    quantity: str = msgspec.field(default="", name="q")
    trade_time_ms: int = msgspec.field(default=0, name="T")
    buyer_is_maker: bool = msgspec.field(default=False, name="m")


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_event = msgspec.json.Decoder(_Event).decode


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a capture that was skipped.

    Attributes:
        line: counted from 1.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class Line(NamedTuple):
    """One line; `receive_ms` is -1 when it does not start with a time."""

    receive_ms: int
    text: bytes
    file: str
    number: int


@dataclass(slots=True)
class CaptureReader:
    """Turns lines into frames.

    Attributes:
        offset_ms: the exchange's clock minus the recorder's.
        due_ms: of the last frame.
        update_ids: the last book update id of each symbol.
        problems: the first `MAX_PROBLEMS` lines that were skipped, of `skipped` in all.
    """

    offset_ms: int = 0
    due_ms: int = 0
    update_ids: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0

    def read(self, lines: Iterable[Line]) -> Iterator[Frame]:
        """Yield the frames of the lines; count and keep what does not parse."""
        for line in lines:
            try:
                yield self._frame(line)
            except (ValueError, msgspec.DecodeError) as error:
                self._skip(line, str(error))

    def _skip(self, line: Line, reason: str) -> None:
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line.file, line.number, reason))

    def _frame(self, line: Line) -> Frame:
        if line.receive_ms < 0:
            raise ValueError("expected a receive time in ns and a space, then JSON")
        envelope = _decode_envelope(line.text)
        if envelope.stream is None:
            return self._snapshot(line.receive_ms, envelope.update_id, line.text)
        payload = bytes(envelope.data)
        event = _decode_event(payload)
        _refuse_futures(line.file, event)
        if event.update_id is not None:
            self.update_ids[event.symbol] = event.update_id
        due_ms = self._due(line.receive_ms, event.event_time_ms)
        trade = _trade(event) if event.event == "trade" else None
        return Frame(due_ms, envelope.stream, payload, event.symbol, trade)

    def _snapshot(self, receive_ms: int, update_id: int | None, text: bytes) -> Frame:
        if update_id is None:
            raise ValueError("expected a key stream or lastUpdateId, found neither")
        if not self.update_ids:
            raise ValueError("a book snapshot before any frame of its symbol")
        symbol = min(self.update_ids, key=lambda name: abs(self.update_ids[name] - update_id))
        return Frame(self._due(receive_ms, None), "", text, symbol)

    def _due(self, receive_ms: int, event_time_ms: int | None) -> int:
        if event_time_ms is not None:
            self.offset_ms = event_time_ms - receive_ms
        self.due_ms = max(self.due_ms, receive_ms + self.offset_ms)
        return self.due_ms


def _refuse_futures(file: str, event: _Event) -> None:
    if event.previous_update_id is not None or event.futures_kind is not None:
        raise CaptureError(
            f"capture {file}: expected spot, found USD-M futures (a frame with pu or X)"
        )


def _lines(path: Path) -> Iterator[Line]:
    try:
        with gzip.open(path) as file:
            for number, raw in enumerate(file, start=1):
                receive_ns, _, text = raw.rstrip().partition(b" ")
                receive_ms = int(receive_ns) // 1_000_000 if receive_ns.isdigit() else -1
                yield Line(receive_ms, text, path.name, number)
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureError(f"capture {path}: expected a complete gzip file, {error}") from None


def lines_by_receive_time(files: Sequence[Path]) -> Iterator[Line]:
    """Yield the lines of all files, merged by receive time; one file's lines keep their order.

    Raises:
        CaptureError: a file is unreadable.
    """
    return heapq.merge(*map(_lines, files), key=lambda line: line.receive_ms)


def _trade(event: _Event) -> Trade:
    if event.trade_id < 0 or event.trade_time_ms <= 0:
        raise ValueError(f"trade: expected t and T, found {event.trade_id}, {event.trade_time_ms}")
    return Trade(
        event.symbol,
        event.trade_id,
        to_e8(event.price),
        to_e8(event.quantity),
        event.trade_time_ms,
        event.buyer_is_maker,
    )


def first_offset_ms(files: Sequence[Path]) -> int:
    """Return the exchange's clock minus the recorder's at the first frame that tells it, else 0."""
    for line in lines_by_receive_time(files):
        try:
            event = _decode_event(bytes(_decode_envelope(line.text).data))
        except msgspec.DecodeError:
            continue
        if event.event_time_ms is not None and line.receive_ms >= 0:
            return event.event_time_ms - line.receive_ms
    return 0
