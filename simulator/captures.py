"""Recorded captures as a feed.

A capture file is gzip text; each line is ``<local receive time, ns> <JSON exactly as received>``
where the JSON is a combined-stream frame or a REST book snapshot. Several files are one capture,
merged by receive time. Pacing follows the exchange's event time: a frame without one
(``bookTicker``, snapshots) is due at its receive time plus the clock offset last seen.
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
from simulator.symbols import SymbolRules, symbol_rules

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


class _Line(NamedTuple):
    """One line; `receive_ms` is -1 when it does not start with a time."""

    receive_ms: int
    text: bytes
    file: str
    number: int


@dataclass(slots=True)
class _Reader:
    """Turns lines into frames; holds what a line's meaning depends on."""

    offset_ms: int | None = None
    due_ms: int = 0
    update_ids: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0

    def read(self, lines: Iterable[_Line]) -> Iterator[Frame]:
        """Yield the frames of the lines; count and keep what does not parse."""
        for line in lines:
            try:
                yield self._frame(line)
            except (ValueError, msgspec.DecodeError) as error:
                self._skip(line, str(error))

    def _skip(self, line: _Line, reason: str) -> None:
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line.file, line.number, reason))

    def _frame(self, line: _Line) -> Frame:
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
        self.due_ms = max(self.due_ms, receive_ms + (self.offset_ms or 0))
        return self.due_ms


def _refuse_futures(file: str, event: _Event) -> None:
    if event.previous_update_id is not None or event.futures_kind is not None:
        raise CaptureError(
            f"capture {file}: expected spot, found USD-M futures (a frame with pu or X)"
        )


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with gzip.open(path) as file:
            for number, raw in enumerate(file, start=1):
                receive_ns, _, text = raw.rstrip().partition(b" ")
                receive_ms = int(receive_ns) // 1_000_000 if receive_ns.isdigit() else -1
                yield _Line(receive_ms, text, path.name, number)
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureError(f"capture {path}: expected a complete gzip file, {error}") from None


def _by_receive_time(files: Sequence[Path]) -> Iterator[_Line]:
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


def _spot_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.gz") if not path.name.startswith("usdm_"))


def capture_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files that paths name; a folder stands for its ``*.gz`` but ``usdm_*.gz``.

    Raises:
        CaptureError: a path does not exist, or a folder holds no capture.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CaptureError(f"capture {path}: no such file or folder")
        found = _spot_files(path) if path.is_dir() else [path]
        if not found:
            raise CaptureError(f"capture {path}: expected spot captures *.gz in it, found 0")
        files.extend(found)
    return tuple(files)


class CaptureFeed:
    """A capture, read into memory.

    Args:
        paths: files in date order, or folders.

    Raises:
        CaptureError: a path is missing or unreadable, is no spot capture, or holds no frame.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        reader = _Reader()
        files = capture_files(paths)
        self._frames = list(reader.read(_by_receive_time(files)))
        self.files = files
        self.problems = tuple(reader.problems)
        self.skipped = reader.skipped
        if not self._frames:
            raise CaptureError(
                f"capture {', '.join(map(str, files))}: expected frames, found 0; "
                f"{reader.skipped} lines skipped, the first: {next(iter(self.problems), 'none')}"
            )
        self._streams = frozenset(frame.stream for frame in self._frames if frame.stream)
        symbols = sorted({frame.symbol for frame in self._frames})
        self._rules = tuple(symbol_rules(symbol) for symbol in symbols)

    @property
    def rules(self) -> tuple[SymbolRules, ...]:
        """The recorded symbols."""
        return self._rules

    @property
    def start_ms(self) -> int:
        """The instant just before the first frame."""
        return self._frames[0].due_ms - 1

    @property
    def frames_total(self) -> int | None:
        """All recorded frames, snapshots included."""
        return len(self._frames)

    @property
    def streams(self) -> frozenset[str]:
        """The recorded streams."""
        return self._streams

    def frames(self) -> Iterator[Frame]:
        """Yield the frames as recorded."""
        return iter(self._frames)
