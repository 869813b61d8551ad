"""Recorded captures as a feed.

The frames are read while they are replayed, and passed on with the text that was received: memory
does not grow with a capture. Several files are one capture, merged by receive time; the format is
told in `simulator.capture_reader`. A file is of USD-M when it is named ``usdm_*`` or its first
lines can only come from there, else of spot.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from simulator.capture_lines import CaptureFile, lines_by_receive_time, lines_of
from simulator.capture_reader import CaptureReader, first_offset_ms, holds_futures
from simulator.errors import CaptureError
from simulator.events import Frame
from simulator.symbols import SymbolRules, symbol_rules, usdm_rules
from simulator.venues import Market

MARKET_NAMES = {Market.SPOT: "spot", Market.USDM: "USD-M futures"}
LINES_PROBED = 200
"""Lines read to tell a file's market."""


def _recorded(path: Path) -> CaptureFile:
    if path.name.startswith("usdm_"):
        return CaptureFile(path, Market.USDM)
    probe = islice(lines_of(CaptureFile(path, Market.SPOT)), LINES_PROBED)
    return CaptureFile(path, Market.USDM if holds_futures(probe) else Market.SPOT)


def _named(path: Path, markets: Collection[Market]) -> CaptureFile:
    file = _recorded(path)
    if file.market not in markets:
        wanted = " or ".join(MARKET_NAMES[market] for market in markets)
        raise CaptureError(
            f"capture {path}: expected {wanted}, found {MARKET_NAMES[file.market]}; "
            "leave it out or ask for its market"
        )
    return file


def _in_folder(folder: Path, markets: Collection[Market]) -> list[CaptureFile]:
    files = [_recorded(path) for path in sorted(folder.glob("*.gz"))]
    found = [file for file in files if file.market in markets]
    if not found:
        wanted = " or ".join(MARKET_NAMES[market] for market in markets)
        raise CaptureError(f"capture {folder}: expected {wanted} captures *.gz in it, found 0")
    return found


def capture_files(paths: Sequence[Path], markets: Collection[Market]) -> tuple[CaptureFile, ...]:
    """Return the files that paths name; a folder stands for its ``*.gz`` of those markets.

    Raises:
        CaptureError: a path does not exist or is of another market, or a folder holds no capture.
    """
    files: list[CaptureFile] = []
    for path in paths:
        if not path.exists():
            raise CaptureError(f"capture {path}: no such file or folder")
        files += _in_folder(path, markets) if path.is_dir() else [_named(path, markets)]
    return tuple(files)


@dataclass(slots=True)
class _Survey:
    """What one reading of all files tells before the replay.

    Attributes:
        streams: addresses, the empty one of snapshots included.
        listed: market and symbol of every frame.
    """

    frames_total: int = 0
    start_ms: int = 0
    streams: set[str] = field(default_factory=set)
    listed: set[tuple[Market, str]] = field(default_factory=set)

    def count(self, frames: Iterable[Frame]) -> None:
        """Look at every frame once, and keep none."""
        for frame in frames:
            if not self.frames_total:
                self.start_ms = frame.due_ms - 1
            self.frames_total += 1
            self.streams.add(frame.stream)
            self.listed.add((frame.market, frame.symbol))


class CaptureFeed:
    """A capture, read once to know what is in it and again while it is replayed.

    Args:
        paths: files in date order, or folders.
        markets: which are replayed; a folder's files of others are left out.

    Raises:
        CaptureError: a path is missing or unreadable, is of another market, or holds no frame.
    """

    def __init__(self, paths: Sequence[Path], markets: Collection[Market] = (Market.SPOT,)) -> None:
        self._files = capture_files(paths, markets)
        self._offsets_ms = _offsets_ms(self._files)
        self.files = tuple(file.path for file in self._files)
        self._survey = _Survey()
        reader = self._reader()
        self._survey.count(reader.read(lines_by_receive_time(self._files)))
        self.problems = tuple(reader.problems)
        self.skipped = reader.skipped
        if not self._survey.frames_total:
            raise CaptureError(
                f"capture {', '.join(map(str, self.files))}: expected frames, found 0; "
                f"{reader.skipped} lines skipped, the first: {next(iter(self.problems), 'none')}"
            )
        self._streams = frozenset(self._survey.streams - {""})
        self._rules = tuple(
            symbol_rules(symbol)
            if market is Market.SPOT
            else usdm_rules(symbol, *reader.digits.get(symbol, (8, 8)))
            for market, symbol in sorted(self._survey.listed)
        )

    def _reader(self) -> CaptureReader:
        return CaptureReader(dict(self._offsets_ms))

    @property
    def rules(self) -> tuple[SymbolRules, ...]:
        """The recorded symbols."""
        return self._rules

    @property
    def start_ms(self) -> int:
        """The instant just before the first frame."""
        return self._survey.start_ms

    @property
    def frames_total(self) -> int | None:
        """All recorded frames, snapshots included."""
        return self._survey.frames_total

    @property
    def streams(self) -> frozenset[str]:
        """The recorded streams' addresses."""
        return self._streams

    def frames(self) -> Iterator[Frame]:
        """Yield the frames as recorded.

        Raises:
            CaptureError: a file cannot be read any more.
        """
        return self._reader().read(lines_by_receive_time(self._files))


def _offsets_ms(files: Sequence[CaptureFile]) -> dict[Market, int]:
    """Return each market's clock minus the recorder's at its first frame that tells it."""
    recorded = {market: [file for file in files if file.market is market] for market in Market}
    return {
        market: first_offset_ms(lines_by_receive_time(those)) for market, those in recorded.items()
    }
