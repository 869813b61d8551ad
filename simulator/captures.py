"""Recorded captures as a feed.

The frames are kept in memory and passed on with the text that was received. Several files are
one capture, merged by receive time; the format is told in `simulator.capture_reader`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator.capture_reader import CaptureReader, first_offset_ms, lines_by_receive_time
from simulator.errors import CaptureError
from simulator.events import Frame
from simulator.symbols import SymbolRules, symbol_rules


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
        files = capture_files(paths)
        reader = CaptureReader(offset_ms=first_offset_ms(files))
        self._frames = list(reader.read(lines_by_receive_time(files)))
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
