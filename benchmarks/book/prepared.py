"""Frames of a repeated recording in a file, and snapshots of the book at many of them.

Both candidates of the benchmark `connector` read the same file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.book.recording import Book, Recording

SNAPSHOT_LEVELS = 1_000
CHECKPOINT_DIFFS = 500
"""Diffs between two snapshots that a replay can answer with."""

_decode, _encode = msgspec.json.decode, msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Prepared:
    """Frames in a file, one a line, and snapshots of the book in another one."""

    path: Path
    frames: int
    diffs: int

    @classmethod
    def write(cls, recording: Recording, passes: int, path: Path) -> "Prepared":
        """Write frames and snapshots; the folder is made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        book, frames, diffs = Book(), 0, 0
        book.change(recording.snapshot["bids"], recording.snapshot["asks"])
        first = recording.snapshot["lastUpdateId"]
        with path.open("wb") as lines, snapshots_of(path).open("wb") as snapshots:
            snapshots.write(_snapshot(0, first, book))
            for frame in recording.repeated(passes):
                lines.write(_encode(frame) + b"\n")
                frames += 1
                data = frame["data"]
                if "U" not in data:
                    continue
                diffs += 1
                book.change(data["b"], data["a"])
                if diffs % CHECKPOINT_DIFFS == 0:
                    snapshots.write(_snapshot(frames, data["u"], book))
        return cls(path, frames, diffs)


def _snapshot(frames: int, update_id: int, book: Book) -> bytes:
    levels = book.best(SNAPSHOT_LEVELS)
    return _encode({"frames": frames, "lastUpdateId": update_id} | levels) + b"\n"


def snapshots_of(path: Path) -> Path:
    """Return where the snapshots of a file of frames are."""
    return path.with_suffix(".snapshots")


def read_frames(path: Path) -> list[bytes]:
    """Return the frames of a file."""
    return path.read_bytes().splitlines()


def read_snapshots(path: Path) -> list[dict[str, Any]]:
    """Return the snapshots that belong to a file of frames; ``frames`` is how many come before."""
    return [_decode(line) for line in snapshots_of(path).read_bytes().splitlines()]
