"""The journal: what the market really did, as capture files that `simulator.captures.reader` reads.

Every frame of every stream is written as it happened, whoever was connected and whatever a fault
withheld from clients, so that an independent checker can recompute every window. A file is gzip
text; a line is ``<exchange's time, ns> {"stream":...,"data":...}``. A book snapshot, with which
each synthetic symbol begins, is ``<time> {"lastUpdateId":...,"symbol":...}``: it names the symbol
because the ids of many symbols are alike. A change of the market by a fault shows twice: in the
frames after it, and in a frame of the stream ``!simulator`` whose event is the fault's kind.

A file has no end until the simulator is stopped cleanly, but can be read up to the last flush, one
at least every `FLUSH_SECONDS`.
"""

import gzip
from pathlib import Path

import msgspec

from simulator.binance.streams import combined
from simulator.binance.venues import Market, stream_name
from simulator.engine.events import Frame
from simulator.errors import SimulatorError

FLUSH_SECONDS = 0.5
"""Real seconds between two flushes while frames happen."""
MARKET_STREAM = "!simulator"
"""The stream that reports faults of the market."""
_MOST_RUNS = 1_000
_FAST = 1
_NS_PER_MS = 1_000_000


class Journal:
    """The journal of one run, a file for each market in which something happens.

    Args:
        folder: created if missing; files of other runs in it stay.
        start_ms: the exchange's time before the first frame, a part of the names.
    """

    def __init__(self, folder: Path, start_ms: int) -> None:
        self._folder = folder
        self._start_ms = start_ms
        self._files: dict[Market, gzip.GzipFile] = {}
        self._flushed_s = 0.0
        self._is_flushed = True
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SimulatorError(f"journal {folder}: expected a folder, {error.strerror}") from None

    def write(self, frame: Frame) -> None:
        """Append a frame that has happened."""
        if frame.stream:
            text = combined(stream_name(frame.stream), frame.payload)
        else:
            text = b'%s,"symbol":%s}' % (frame.payload[:-1], msgspec.json.encode(frame.symbol))
        self._append(frame.market, frame.due_ms, text)

    def note(self, market: Market, kind: str, symbol: str, now_ms: int) -> None:
        """Append how a fault changes a market from now on."""
        event = {"e": kind, "E": now_ms, "s": symbol}
        self._append(market, now_ms, combined(MARKET_STREAM, msgspec.json.encode(event)))

    def _append(self, market: Market, now_ms: int, text: bytes) -> None:
        file = self._files.get(market)
        if file is None:
            file = self._files[market] = self._opened(market)
        file.write(b"%d %s\n" % (now_ms * _NS_PER_MS, text))
        self._is_flushed = False

    def _opened(self, market: Market) -> gzip.GzipFile:
        """Return a new file; runs with the same start have a number at the end of the name."""
        for run in range(1, _MOST_RUNS):
            end = "" if run == 1 else f"_{run}"
            path = self._folder / f"{market}_journal_{self._start_ms}{end}.gz"
            try:
                return gzip.GzipFile(path, "xb", compresslevel=_FAST)
            except FileExistsError:
                continue
            except OSError as error:
                raise SimulatorError(
                    f"journal {path}: expected a new file, {error.strerror}; name another folder"
                ) from None
        raise SimulatorError(
            f"journal {self._folder}: expected fewer than {_MOST_RUNS} runs from {self._start_ms}, "
            f"found {path.name}; name another folder"
        )

    def flush_if_due(self, real_s: float) -> None:
        """Make what was written readable for others, if the last flush is long enough ago."""
        if self._is_flushed or real_s - self._flushed_s < FLUSH_SECONDS:
            return
        for file in self._files.values():
            file.flush()
        self._flushed_s, self._is_flushed = real_s, True

    def close(self) -> None:
        """Finish and close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
