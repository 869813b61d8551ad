"""Trades and books from capture files, as a proof needs them.

The simulator's reader reads the lines, so that both skip the same ones; what they mean is parsed
from their text here, independently of the simulator and of the connector.
"""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from simulator.binance.venues import Market
from simulator.captures.feed import reader_of
from simulator.captures.files import COIN_MARGINED, archive_hint, folder_files, recorded_market
from simulator.captures.lines import CaptureFile as RecordedFile
from simulator.captures.lines import lines_by_receive_time
from simulator.engine.events import Frame

_LOG = logging.getLogger(__name__)

TRADES_FROM = ("binance-spot",)
"""Markets whose trades have a pipeline today."""
BOOKS_FROM = ("binance-spot", "binance-usdm")
"""Markets whose books have a pipeline today."""

_MARKETS = {Market.SPOT: "binance-spot", Market.USDM: "binance-usdm", None: "binance-coinm"}
_DIFFS = re.compile(r"@depth(?:@(\d+ms))?$")
"""Streams of diffs with their speed; partial depth is not one."""
_FRAMES_PROBED = 5_000
_PLAIN_PERIOD_MS = 1_000


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """A file of a capture and the market that it was recorded from."""

    path: Path
    market: str

    @property
    def supported(self) -> bool:
        """True when the pipeline of its market exists."""
        return self.market in (*TRADES_FROM, *BOOKS_FROM)


@dataclass(frozen=True, slots=True)
class RecordedTrade:
    """A trade as recorded.

    Attributes:
        time_ms: match time of the exchange, epoch milliseconds.
        buy: True when the taker bought.
    """

    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    time_ms: int
    buy: bool


def find_files(folder: Path) -> list[CaptureFile]:
    """Return the capture files of a folder in the order of their names.

    Raises:
        FileNotFoundError: the folder is missing or holds no ``*.gz``.
        CaptureError: a file is unreadable, or an archive.
    """
    paths = folder_files(folder)
    if not paths:
        raise FileNotFoundError(
            f"capture {folder}: expected a folder with *.gz files, found none{archive_hint(folder)}"
        )
    return [CaptureFile(path, _MARKETS[recorded_market(path)]) for path in paths]


def _frames(paths: Sequence[Path]) -> Iterator[Frame]:
    """Yield the frames of files by receive time; say which lines were skipped."""
    markets = [(path, recorded_market(path)) for path in paths]
    files = [RecordedFile(path, market) for path, market in markets if market is not None]
    reader = reader_of(files)
    yield from reader.read(lines_by_receive_time(files))
    if reader.skipped:
        _warn(f"{reader.skipped} lines of a capture skipped, the first: {reader.problems[0]}")
    if reader.unsupported:
        _warn(f"left out, since {COIN_MARGINED} are not supported: {sorted(reader.unsupported)}")


@cache
def _warn(text: str) -> None:
    """Log a warning once, however often the files are read."""
    _LOG.warning(text)


def _trade(data: dict[str, Any]) -> RecordedTrade:
    return RecordedTrade(
        symbol=data["s"],
        trade_id=data["t"],
        price=Decimal(data["p"]),
        quantity=Decimal(data["q"]),
        time_ms=data["T"],
        buy=not data["m"],
    )


def read_trades(files: Sequence[Path]) -> dict[str, list[RecordedTrade]]:
    """Return each symbol's trades by match time and id, each once."""
    once: dict[tuple[str, int, int], RecordedTrade] = {}
    for frame in _frames(files):
        if frame.trade is not None:
            trade = _trade(json.loads(frame.payload))
            once.setdefault((trade.symbol, trade.time_ms, trade.trade_id), trade)
    symbols: dict[str, list[RecordedTrade]] = {}
    for _, trade in sorted(once.items()):
        symbols.setdefault(trade.symbol, []).append(trade)
    return symbols


def depth_stream_speed(files: Sequence[Path]) -> str:
    """Return the speed in the name of the recorded depth stream, such as ``100ms``; may be empty.

    A recorded capture holds one speed, since a connector subscribes to one; a journal holds
    several, of which the fastest counts.
    """
    speeds: set[str] = set()
    for number, frame in enumerate(_frames(files)):
        speeds |= {match[1] or "" for match in (_DIFFS.search(frame.stream),) if match}
        if speeds and number >= _FRAMES_PROBED:
            break
    return min(speeds, key=_period_ms, default="")


def _period_ms(speed: str) -> int:
    return int(speed.removesuffix("ms") or _PLAIN_PERIOD_MS)


def read_books(files: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return each symbol's depth diffs of one speed and snapshots, as they were recorded."""
    speed = depth_stream_speed(files)
    stream_end = f"@depth@{speed}" if speed else "@depth"
    events: dict[str, list[dict[str, Any]]] = {}
    for frame in _frames(files):
        if not frame.stream or frame.stream.endswith(stream_end):
            events.setdefault(frame.symbol, []).append(json.loads(frame.payload))
    return events
