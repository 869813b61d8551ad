"""Read trades and books from capture files, independently of the simulator and of the connector.

A line is ``<receive time, ns> <JSON as received>``; the JSON is a combined-stream frame or a book
snapshot. Lines that hold neither are passed over.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

TRADES_FROM = ("binance-spot",)
"""Markets whose trades have a pipeline today."""
BOOKS_FROM = ("binance-spot", "binance-usdm")
"""Markets whose books have one."""

_PREFIXES = {"spot": "binance-spot", "usdm": "binance-usdm", "coinm": "binance-coinm"}
_SNIFFED_LINES = 2_000


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


def _frames(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            _, _, text = line.partition(" ")
            try:
                frame = json.loads(text)
            except json.JSONDecodeError:
                continue
            if isinstance(frame, dict):
                yield frame


def _market(path: Path) -> str:
    """Tell the market by the file's name, or by what only futures frames carry."""
    prefix = path.name.split("_", 1)[0]
    if prefix in _PREFIXES:
        return _PREFIXES[prefix]
    for number, frame in enumerate(_frames(path)):
        data = frame.get("data", {})
        if isinstance(data, dict) and ("pu" in data or "X" in data or "ps" in data):
            return "binance-usdm"
        if number >= _SNIFFED_LINES:
            break
    return "binance-spot"


def find_files(folder: Path) -> list[CaptureFile]:
    """Return the capture files of a folder in the order of their names.

    Raises:
        FileNotFoundError: the folder is missing or holds no ``*.gz``.
    """
    files = sorted(folder.glob("*.gz")) if folder.is_dir() else []
    if not files:
        raise FileNotFoundError(f"capture {folder}: expected a folder with *.gz files, found none")
    return [CaptureFile(path, _market(path)) for path in files]


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
    """Return each symbol's trades in the order of their ids, each id once."""
    by_id: dict[tuple[str, int], RecordedTrade] = {}
    for path in files:
        for frame in _frames(path):
            data = frame.get("data")
            if isinstance(data, dict) and data.get("e") == "trade":
                trade = _trade(data)
                by_id.setdefault((trade.symbol, trade.trade_id), trade)
    symbols: dict[str, list[RecordedTrade]] = {}
    for _, trade in sorted(by_id.items()):
        symbols.setdefault(trade.symbol, []).append(trade)
    return symbols


def depth_stream_speed(files: Sequence[Path]) -> str:
    """Return the speed in the name of the recorded depth stream, such as ``100ms``; may be empty.

    A capture holds one speed: a connector subscribes to one.
    """
    for path in files:
        for frame in _frames(path):
            name, at, suffix = str(frame.get("stream", "")).partition("@depth")
            if at and name and frame.get("data", {}).get("e") == "depthUpdate":
                return suffix.removeprefix("@")
    return ""


def read_books(files: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return each symbol's depth diffs and snapshots, in the order of the recording.

    A snapshot does not name its symbol: it belongs to the one whose diffs reach over its id.
    """
    diffs: dict[str, list[dict[str, Any]]] = {}
    snapshots: list[tuple[int, dict[str, Any]]] = []
    position = 0
    events: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for path in files:
        for frame in _frames(path):
            position += 1
            data = frame.get("data")
            if "lastUpdateId" in frame:
                snapshots.append((position, frame))
            elif isinstance(data, dict) and data.get("e") == "depthUpdate":
                diffs.setdefault(data["s"], []).append(data)
                events.setdefault(data["s"], []).append((position, data))
    for place, snapshot in snapshots:
        for symbol, made in diffs.items():
            if made[0].get("pu", made[0]["U"] - 1) <= snapshot["lastUpdateId"] <= made[-1]["u"]:
                events[symbol].append((place, snapshot))
    return {
        symbol: [event for _, event in sorted(placed, key=lambda item: item[0])]
        for symbol, placed in events.items()
    }
