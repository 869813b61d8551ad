"""The lines of capture files, in the order in which they were received.

Knows gzip and the receive time at the start of each line, but not the meaning of the JSON. A file
that ends early is read as far as it goes; what can never be a capture is refused by name.
"""

import gzip
import heapq
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from simulator.binance.venues import Market
from simulator.errors import CaptureError

_TICKS_PER_MS = {13: 1, 16: 1_000, 19: 1_000_000}
"""By the digits of a receive time: milliseconds, microseconds, nanoseconds."""
_ZIP, _GZIP = b"PK", b"\x1f\x8b"
_PROBED_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """A file and the market that it was recorded from."""

    path: Path
    market: Market


class Line(NamedTuple):
    """One line.

    Attributes:
        receive_ms: -1 when it does not start with a time.
        number: counted from 1.
        problem: why there is no text; empty for a readable line.
    """

    receive_ms: int
    text: bytes
    file: str
    number: int
    market: Market
    problem: str = ""


def lines_of(file: CaptureFile) -> Iterator[Line]:
    """Yield the lines of a file; if it ends early, a last one with that problem.

    Raises:
        CaptureError: it is unreadable.
    """
    path, number = file.path, 0
    try:
        with gzip.open(path) as text:
            for number, raw in enumerate(text, start=1):
                receive_time, _, body = raw.rstrip().partition(b" ")
                yield Line(_receive_ms(receive_time), body, path.name, number, file.market)
    except EOFError:
        problem = (
            f"expected a complete gzip file, it ends early, after {number} lines; what followed is "
            "lost"
        )
        yield Line(-1, b"", path.name, number + 1, file.market, problem)
    except (OSError, zlib.error) as error:
        raise CaptureError(f"capture {path}: expected a complete gzip file, {error}") from None


def _receive_ms(text: bytes) -> int:
    ticks = _TICKS_PER_MS.get(len(text)) if text.isdigit() else None
    return -1 if ticks is None else int(text) // ticks


def refuse_other_formats(path: Path) -> None:
    """Check the beginning of a file.

    Raises:
        CaptureError: it is unreadable, an archive, or not gzip.
    """
    try:
        with path.open("rb") as raw:
            begin = raw.read(_PROBED_BYTES)
    except OSError as error:
        raise CaptureError(f"capture {path}: expected a readable file, {error}") from None
    text = _unpacked(begin) if begin.startswith(_GZIP) else begin
    first_line = text.partition(b"\n")[0]
    is_csv = b"," in first_line and b"{" not in first_line
    if begin.startswith(_ZIP) or is_csv:
        found = "a zip archive" if begin.startswith(_ZIP) else "CSV"
        raise CaptureError(
            f"capture {path}: expected gzip text with lines of a receive time and JSON, found "
            f"{found}; archives of the exchange are read by an archive connector, not replayed"
        )
    if begin and not begin.startswith(_GZIP):
        raise CaptureError(f"capture {path}: expected a complete gzip file, found {begin[:8]!r}")


def _unpacked(begin: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(begin, _PROBED_BYTES)
    except zlib.error:
        return b""


def lines_by_receive_time(files: Sequence[CaptureFile]) -> Iterator[Line]:
    """Yield the lines of all files, merged by receive time; one file's lines keep their order.

    A file is opened when its first line's time has come: a year of daily files needs few at once.

    Raises:
        CaptureError: a file is unreadable.
    """
    begins = sorted(((_begin_ms(file), n) for n, file in enumerate(files)), reverse=True)
    opened: list[tuple[int, int, Line, Iterator[Line]]] = []
    while begins or opened:
        while begins and (not opened or begins[-1][0] <= opened[0][0]):
            number = begins.pop()[1]
            _keep_open(opened, number, lines_of(files[number]))
        if opened:
            _, number, line, lines = heapq.heappop(opened)
            yield line
            _keep_open(opened, number, lines)


def _begin_ms(file: CaptureFile) -> int:
    return next((line.receive_ms for line in lines_of(file)), 0)


def _keep_open(
    opened: list[tuple[int, int, Line, Iterator[Line]]], number: int, lines: Iterator[Line]
) -> None:
    line = next(lines, None)
    if line is not None:
        heapq.heappush(opened, (line.receive_ms, number, line, lines))
