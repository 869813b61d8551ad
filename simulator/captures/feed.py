"""Recorded captures as a feed.

Frames are read while they are replayed, and passed on with the text that was received: memory does
not grow with a capture. Several files are one capture, merged by receive time.
`simulator.captures.files` says which files belong to it, `simulator.captures.reader` how they look.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.binance.venues import Market
from simulator.captures.files import capture_files
from simulator.captures.lines import CaptureFile, lines_by_receive_time
from simulator.captures.reader import CaptureReader, first_offset_ms
from simulator.engine.events import Frame
from simulator.engine.symbols import SymbolRules, symbol_rules, usdm_rules
from simulator.errors import CaptureError


def reader_of(files: Sequence[CaptureFile]) -> CaptureReader:
    """Return a reader that knows the offset of each market's clock to the recorder's."""
    of_market = {market: [file for file in files if file.market is market] for market in Market}
    return CaptureReader(
        {
            market: first_offset_ms(lines_by_receive_time(those))
            for market, those in of_market.items()
        }
    )


@dataclass(slots=True)
class _Survey:
    """What a first pass over all files finds out before the replay.

    Attributes:
        streams: addresses, including the empty one of snapshots.
        listed: market and symbol of every frame.
    """

    frames_total: int = 0
    start_ms: int = 0
    streams: set[str] = field(default_factory=set)
    listed: set[tuple[Market, str]] = field(default_factory=set)

    def count(self, frames: Iterable[Frame]) -> None:
        """Count all frames, keeping none."""
        for frame in frames:
            if not self.frames_total:
                self.start_ms = frame.due_ms - 1
            self.frames_total += 1
            self.streams.add(frame.stream)
            self.listed.add((frame.market, frame.symbol))


class CaptureFeed:
    """A capture, read once to know its content and again while it is replayed.

    Args:
        paths: files in date order, or folders.
        markets: the ones to replay; a folder's files of others are left out.

    Attributes:
        files: the ones that are replayed.
        problems: the first skipped lines, of `skipped` in all.
        unsupported: files and symbols of COIN-M futures, which are left out.

    Raises:
        CaptureError: a path is missing, unreadable, not a capture, of another market, or without
            frames.
    """

    def __init__(self, paths: Sequence[Path], markets: Collection[Market] = (Market.SPOT,)) -> None:
        found = capture_files(paths, markets)
        self._files = found.used
        self.files = tuple(file.path for file in self._files)
        self._survey = _Survey()
        reader = reader_of(self._files)
        self._offsets_ms = dict(reader.offsets_ms)
        self._survey.count(reader.read(lines_by_receive_time(self._files)))
        self.problems = tuple(reader.problems)
        self.skipped = reader.skipped
        self.unsupported = (
            *(str(path) for path in found.unsupported),
            *sorted(reader.unsupported),
        )
        self._refuse_empty(reader)
        self._streams = frozenset(self._survey.streams - {""})
        self._rules = tuple(
            symbol_rules(symbol)
            if market is Market.SPOT
            else usdm_rules(symbol, *reader.digits.get(symbol, (8, 8)))
            for market, symbol in sorted(self._survey.listed)
        )

    def _refuse_empty(self, reader: CaptureReader) -> None:
        """Refuse files without a single readable line."""
        empty = [path for path in self.files if path.name in reader.files_without_frames]
        if not self._survey.frames_total:
            empty = list(self.files)
        if empty:
            first = reader.files_without_frames.get(empty[0].name) or next(
                iter(self.problems), None
            )
            raise CaptureError(
                f"capture {', '.join(map(str, empty))}: expected frames, found 0; "
                f"{reader.skipped} lines skipped, the first: {first}"
            )

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
            CaptureError: a file can no longer be read.
        """
        reader = CaptureReader(dict(self._offsets_ms))
        return reader.read(lines_by_receive_time(self._files))
