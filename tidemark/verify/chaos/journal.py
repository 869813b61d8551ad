"""Read the simulator's journal: each trade that was made and each change of each book.

The journal is gzip text like a capture; a line is ``<time, ns> <JSON>``. It holds every stream of
the market: those that nobody needs here are passed over by their name, without a look inside.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tidemark.verify.captures import RecordedTrade
from tidemark.verify.chaos.plan import MARKETS
from tidemark.verify.chaos.strikes import DEPTH
from tidemark.verify.replay_plan import ReplayError

_FILES = dict(zip(MARKETS, ("spot", "usdm"), strict=True))
_TRADE, _DIFF, _SNAPSHOT = '@trade","data":', f'@{DEPTH}","data":', '{"lastUpdateId":'
_HEAD = 80
"""Characters in which a line's stream is named."""


@dataclass(slots=True)
class Events:
    """What happened on one market, by symbol.

    Attributes:
        trades: in the order in which they were made.
        books: snapshots and diffs, in order.
    """

    trades: dict[str, list[RecordedTrade]] = field(default_factory=lambda: defaultdict(list))
    books: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def read_journal(folder: Path) -> dict[str, Events]:
    """Return what happened, by market.

    Raises:
        ReplayError: the folder holds no journal of a market.
    """
    return {
        market: _events(_files(folder, f"{prefix}_journal_*.gz"))
        for market, prefix in _FILES.items()
    }


def _files(folder: Path, pattern: str) -> list[Path]:
    files = sorted(folder.glob(pattern))
    if not files:
        raise ReplayError(f"journal {folder}: expected files {pattern}, found none")
    return files


def _events(files: Iterable[Path]) -> Events:
    events = Events()
    for text in _wanted(files):
        frame = json.loads(text)
        if "lastUpdateId" in frame:
            events.books[frame["symbol"]].append(frame)
            continue
        data = frame["data"]
        if data["e"] == "trade":
            events.trades[data["s"]].append(_trade(data))
        else:
            events.books[data["s"]].append(data)
    return events


def _wanted(files: Iterable[Path]) -> Iterator[str]:
    """Yield the JSON of trades, diffs of the one stream that is read, and snapshots."""
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                text = line.partition(" ")[2]
                head = text[:_HEAD]
                if _TRADE in head or _DIFF in head or head.startswith(_SNAPSHOT):
                    yield text


def _trade(data: dict[str, Any]) -> RecordedTrade:
    return RecordedTrade(
        symbol=data["s"],
        trade_id=data["t"],
        price=Decimal(data["p"]),
        quantity=Decimal(data["q"]),
        time_ms=data["T"],
        buy=not data["m"],
    )
