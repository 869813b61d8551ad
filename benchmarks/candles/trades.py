"""The input: a busy exchange's trades in the wire form of topic `trades`, each byte fixed.

Sizes are heavy tailed, ids consecutive per symbol, times in order. Each partition has a heartbeat
each second, as a connector writes them, and a last one far ahead, so that every window closes.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from market.dictionary.names import record_key
from market.dictionary.records import Heartbeat, Trade
from market.dictionary.schemas import MARKET_PARTITIONS

MARKET = "binance-spot"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "XRPUSDT", "BNBUSDT", "ADAUSDT", "LINKUSDT")
START_MS = 1_791_382_980_000
"""Event time of the first trade: the first millisecond of a minute."""
TRADES_PER_MS = 5
"""Over all symbols: 625 trades a second and symbol, so that windows are well filled."""
CLOSE_AFTER_MS = 600_000
"""How far the heartbeats are ahead of the last trade."""
_NUMBERS = 65_536
_STRIDE = 7
"""Walks the prepared numbers in another order than they were made."""
_SEED = 7


class Message(NamedTuple):
    """What is produced."""

    partition: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True, slots=True)
class Input:
    """A preloaded topic's content, by its number of trades."""

    trades: int

    @property
    def messages(self) -> int:
        """Trades and heartbeats."""
        return self.trades + (self.seconds + 1) * MARKET_PARTITIONS

    @property
    def seconds(self) -> int:
        """Whole seconds that have passed before the last trade."""
        return (self.last_ms - START_MS) // 1_000

    @property
    def last_ms(self) -> int:
        """Event time of the last trade."""
        return START_MS + (self.trades - 1) // TRADES_PER_MS

    def windows(self, length_ms: int) -> int:
        """Return how many windows of a length hold trades, over all symbols."""
        starts = self.last_ms // length_ms - START_MS // length_ms + 1
        return starts * len(SYMBOLS)

    def produce(self) -> Iterator[Message]:
        """Yield every message, trades in the order of their event time."""
        template, numbers = _template(), _numbers()
        names = [name.encode() for name in SYMBOLS]
        keys = [record_key(MARKET, name).encode() for name in SYMBOLS]
        for index in range(self.trades):
            trade_id, symbol = divmod(index, len(SYMBOLS))
            at = START_MS + index // TRADES_PER_MS
            if index and index % (1_000 * TRADES_PER_MS) == 0:
                yield from _heartbeats(at)
            price, quantity, side = numbers[index * _STRIDE % _NUMBERS]
            value = template % (names[symbol], trade_id, price, quantity, side, at, at + 2)
            yield Message(symbol % MARKET_PARTITIONS, keys[symbol], value)
        yield from _heartbeats(self.last_ms + CLOSE_AFTER_MS)


def _heartbeats(at: int) -> Iterator[Message]:
    value = _encode(Heartbeat(MARKET, at, at).value()).encode()
    for partition in range(MARKET_PARTITIONS):
        yield Message(partition, None, value)


def _encode(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _template() -> bytes:
    """One trade with a gap for each value that changes, made from the record itself."""
    value = Trade(MARKET, "SYMBOL", 1, "1", "1", "buy", 1, 1, "live", missing_before=0).value()
    gaps: dict[str, str] = {
        "symbol": '"%s"',
        "trade_id": "%d",
        "price": '"%s"',
        "quantity": '"%s"',
        "taker_side": '"%s"',
        "event_time_ms": "%d",
        "receive_time_ms": "%d",
    }
    fields = (f"{_encode(name)}:{gaps.get(name) or _encode(value[name])}" for name in value)
    return ("{" + ",".join(fields) + "}").encode()


def _numbers() -> list[tuple[bytes, bytes, bytes]]:
    """Price, quantity and taker side as the exchange writes them."""
    generator = random.Random(_SEED)
    return [
        (
            b"%.2f000000" % (60_000 + generator.gauss(0, 50)),
            b"%.5f000" % (generator.paretovariate(1.2) / 1_000),
            generator.choice((b"buy", b"sell")),
        )
        for _ in range(_NUMBERS)
    ]
