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

    Raises:
        CaptureError: a file is unreadable.
    """
    return heapq.merge(*map(lines_of, files), key=lambda line: line.receive_ms)
