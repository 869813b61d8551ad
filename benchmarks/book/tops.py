"""The input of part `job`: tops of busy books as topic `book_tops` holds them, each byte fixed.

Each symbol has 20 records a second. The first, at the boundary, repeats what held before, as the
connector does; the others are changes in order of time. Each partition has a heartbeat each second
and a last one far ahead, so that every window closes.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.candles.trades import Message
from market.books.records import TopRecord
from market.books.tops import BookTop, SideTop
from market.dictionary.names import record_key
from market.dictionary.records import Heartbeat
from market.dictionary.schemas import MARKET_PARTITIONS
from market.dictionary.topics import BOOK_TOPS

MARKET = "binance-spot"
TOPIC = BOOK_TOPS[MARKET].name
SYMBOLS = tuple(f"S{number:02}USDT" for number in range(20))
START_MS = 1_791_382_980_000
PER_SECOND = 20
"""Records of one symbol."""
_STEP_MS = 1_000 // PER_SECOND
CLOSE_AFTER_MS = 600_000
"""How far the heartbeats are ahead of the last record."""
_BOOKS = 8_192
_STRIDE = 7
"""Walks the prepared books in another order than they were made."""
_SEED = 7
_TICK_E8 = 10**6
_TIMES = ("book_sequence", "event_time_ms", "receive_time_ms")
_FIXED = ("market", "kind", "source", "schema_version")


@dataclass(frozen=True, slots=True)
class Input:
    """A preloaded topic's content, by its seconds of event time."""

    seconds: int

    @property
    def records(self) -> int:
        """Tops of all symbols."""
        return self.seconds * PER_SECOND * len(SYMBOLS)

    @property
    def messages(self) -> int:
        """Tops, and the heartbeats of their feed and of the quiet one."""
        return self.records + (self.seconds + 1) * MARKET_PARTITIONS

    @property
    def windows(self) -> int:
        """Seconds of all symbols."""
        return self.seconds * len(SYMBOLS)

    def produce(self) -> Iterator[Message]:
        """Yield every message in the order of event time."""
        template, books = _template(), _books()
        names = [name.encode() for name in SYMBOLS]
        keys = [record_key(MARKET, name).encode() for name in SYMBOLS]
        for step in range(self.seconds * PER_SECOND):
            if step and step % PER_SECOND == 0:
                yield from _heartbeats(_time_ms(step))
            # A boundary repeats the change before it, with that change's id and time.
            changed = step - 1 if step and step % PER_SECOND == 0 else step
            at_ms, changed_ms = _time_ms(step), _time_ms(changed)
            for number, name in enumerate(names):
                book = books[(changed * len(names) + number) * _STRIDE % _BOOKS]
                value = template % (changed, changed_ms, book, name, step, at_ms, at_ms + 30)
                yield Message(number % MARKET_PARTITIONS, keys[number], value)
        yield from self.heartbeats()

    def heartbeats(self) -> Iterator[Message]:
        """Yield the end of each partition; of a feed without records, all that it has."""
        yield from _heartbeats(START_MS + self.seconds * 1_000 + CLOSE_AFTER_MS)


def _heartbeats(at_ms: int) -> Iterator[Message]:
    value = _encode(Heartbeat(MARKET, at_ms, at_ms).value()).encode()
    for partition in range(MARKET_PARTITIONS):
        yield Message(partition, None, value)


def _time_ms(step: int) -> int:
    """Return a change's time: off the grid within a second, on it at its beginning."""
    jitter_ms = step * 17 % (_STEP_MS - 1) if step % PER_SECOND else 0
    return START_MS + step * _STEP_MS + jitter_ms


def _encode(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _template() -> bytes:
    """One record with a gap for each value that changes, made from the record itself."""
    side = SideTop(1, 1, None, None, None, None, None)
    value = TopRecord(MARKET, "SYMBOL", 1, 1, BookTop(1, 1, 1, side, side), 1).value()
    fixed = {name: f"{_encode(name)}:{_encode(value[name])}" for name in _FIXED}
    changing = [f"{_encode(name)}:%d" for name in ("last_update_id", "quote_time_ms")]
    times = [f"{_encode(name)}:%d" for name in _TIMES]
    fields = [*changing, "%s", '"symbol":"%s"', *times, *fixed.values()]
    return ("{" + ",".join(fields) + "}").encode()


def _books() -> list[bytes]:
    """All scalars of both sides as they stand in a record."""
    generator, price = random.Random(_SEED), 60_000 * 10**8
    books = []
    for _ in range(_BOOKS):
        price += generator.randrange(-3, 4) * _TICK_E8
        ask_price = price + generator.randrange(1, 5) * _TICK_E8
        bid = _side(price, generator).value("bid")
        values = bid | _side(ask_price, generator).value("ask")
        books.append(_encode(values)[1:-1].encode())
    return books


def _side(price_e8: int, generator: random.Random) -> SideTop:
    size = generator.randrange(1, 10_000) * 3 * 10**5
    size_5 = size + generator.randrange(10_000) * 10**5
    size_20 = size_5 + generator.randrange(10_000) * 5 * 10**5
    deep = price_e8 * size_20
    return SideTop(price_e8, size, size_5, size_20, price_e8 * size_5, deep, 3 * deep)
