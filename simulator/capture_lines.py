"""The lines of capture files, in the order in which they were received.

Knows gzip and the receive time in front of each line; what the JSON means is not its business.
"""

import gzip
import heapq
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from simulator.errors import CaptureError
from simulator.venues import Market


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """A file and the market that it was recorded from."""

    path: Path
    market: Market


class Line(NamedTuple):
    """One line; `receive_ms` is -1 when it does not start with a time."""

    receive_ms: int
    text: bytes
    file: str
    number: int
    market: Market


def lines_of(file: CaptureFile) -> Iterator[Line]:
    """Yield the lines of a file.

    Raises:
        CaptureError: it is unreadable.
    """
    path = file.path
    try:
        with gzip.open(path) as text:
            for number, raw in enumerate(text, start=1):
                receive_ns, _, body = raw.rstrip().partition(b" ")
                receive_ms = int(receive_ns) // 1_000_000 if receive_ns.isdigit() else -1
                yield Line(receive_ms, body, path.name, number, file.market)
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureError(f"capture {path}: expected a complete gzip file, {error}") from None


def lines_by_receive_time(files: Sequence[CaptureFile]) -> Iterator[Line]:
    """Yield the lines of all files, merged by receive time; one file's lines keep their order.

    A file is opened when its first line's time has come: a year of days needs few at once.

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
