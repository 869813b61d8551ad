"""Read trades from capture files, independently of the simulator and of the connector.

A line is ``<receive time, ns> <JSON as received>``; the JSON is a combined-stream frame or a book
snapshot. Lines that do not hold a trade are passed over.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

SUPPORTED = ("binance-spot",)
"""Markets whose pipeline exists today."""

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
        return self.market in SUPPORTED


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
