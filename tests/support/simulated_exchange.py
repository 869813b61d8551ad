"""Small recorded markets for tests of the simulator, and where the real captures are."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.engine.decimals import from_e8
from simulator.engine.events import Frame, Trade
from simulator.engine.symbols import SymbolRules, symbol_rules
from simulator.synthetic.messages import trade_message

START_MS = 1_723_161_255_000
SKEW_MS = 1_270
"""The exchange's clock is ahead of the recorder's."""
STREAM = "btcusdt@trade"

CAPTURES = Path(
    os.environ.get(
        "TIDEMARK_CAPTURES",
        Path(__file__).parents[3] / "shared" / "data" / "binance_captures",
    )
)
needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason=f"no recorded captures at {CAPTURES}; set TIDEMARK_CAPTURES"
)


def trade(
    trade_id: int,
    time_ms: int = START_MS,
    price_e8: int = 61_837_63000000,
    quantity_e8: int = 2_000_000,
    *,
    symbol: str = "BTCUSDT",
    buyer_is_maker: bool = True,
) -> Trade:
    return Trade(symbol, trade_id, price_e8, quantity_e8, time_ms, buyer_is_maker)


def trade_frame(trade_id: int, due_ms: int = START_MS, symbol: str = "BTCUSDT") -> Frame:
    match = trade(trade_id, due_ms, symbol=symbol)
    payload = trade_message(match, due_ms)
    return Frame(due_ms, f"{symbol.lower()}@trade", payload, symbol, match)


def line(receive_ms: int, stream: str, data: object) -> str:
    body = json.dumps({"stream": stream, "data": data}, separators=(",", ":"))
    return f"{receive_ms}000000 {body}"


def trade_line(trade_id: int, event_time_ms: int, symbol: str = "BTCUSDT") -> str:
    data = {
        "e": "trade",
        "E": event_time_ms,
        "s": symbol,
        "t": trade_id,
        "p": from_e8(61_837_63000000),
        "q": "0.02000000",
        "T": event_time_ms,
        "m": True,
        "M": True,
    }
    return line(event_time_ms - SKEW_MS, f"{symbol.lower()}@trade", data)


def write_capture(path: Path, lines: Iterable[str]) -> Path:
    path.write_bytes(gzip.compress("".join(f"{each}\n" for each in lines).encode()))
    return path


@dataclass(frozen=True)
class ScriptedFeed:
    """A feed of given frames."""

    script: tuple[Frame, ...]

    @property
    def rules(self) -> tuple[SymbolRules, ...]:
        return tuple(symbol_rules(name) for name in sorted({frame.symbol for frame in self.script}))

    @property
    def start_ms(self) -> int:
        return self.script[0].due_ms - 1

    @property
    def frames_total(self) -> int | None:
        return len(self.script)

    @property
    def streams(self) -> frozenset[str]:
        return frozenset(frame.stream for frame in self.script if frame.stream)

    def frames(self) -> Iterator[Frame]:
        return iter(self.script)


def trades_feed(count: int, step_ms: int = 10) -> ScriptedFeed:
    return ScriptedFeed(tuple(trade_frame(n, START_MS + n * step_ms) for n in range(1, count + 1)))
