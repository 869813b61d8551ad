"""Peer: the same windows by hand, in one Python process with exact decimals and no guarantees.

A dict of one-second windows, and minutes from them. It writes nothing, keeps no state over a
restart and takes its input to be in order: what is left is the computation itself.

usage: peer_python BOOTSTRAP TOPIC
"""

import decimal
import json
import sys
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from benchmarks.candles.meter import Measured, own_sample
from benchmarks.candles.peer_reader import read_topic
from benchmarks.candles.windows import LENGTHS_MS, Window, digest

_DIGITS = 38


class _Trade(msgspec.Struct):
    symbol: str
    kind: str
    event_time_ms: int
    trade_id: int = 0
    price: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    taker_side: str = ""


class _Sums:
    """One window's sums."""

    __slots__ = ("buy_base", "buy_quote", "close", "count", "first_id", "high", "last_id", "low",
                 "open", "volume_base", "volume_quote")  # fmt: skip

    def __init__(self, trade: _Trade) -> None:
        self.open = self.high = self.low = self.close = trade.price
        self.first_id = self.last_id = trade.trade_id
        self.volume_base = self.volume_quote = self.buy_base = self.buy_quote = Decimal(0)
        self.count = 0

    def add(self, trade: _Trade) -> None:
        price, quantity = trade.price, trade.quantity
        quote = price * quantity
        self.count += 1
        self.volume_base += quantity
        self.volume_quote += quote
        if trade.taker_side == "buy":
            self.buy_base += quantity
            self.buy_quote += quote
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.last_id = trade.trade_id

    def add_later(self, later: "_Sums") -> None:
        """Add a window that follows this one."""
        self.count += later.count
        self.volume_base += later.volume_base
        self.volume_quote += later.volume_quote
        self.buy_base += later.buy_base
        self.buy_quote += later.buy_quote
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.last_id = later.last_id


_Windows = dict[tuple[str, int], _Sums]


def _add(seconds: _Windows, trades: Iterator[_Trade]) -> None:
    for trade in trades:
        if trade.kind != "trade":
            continue
        key = (trade.symbol, trade.event_time_ms // 1_000)
        sums = seconds.get(key)
        if sums is None:
            sums = seconds[key] = _Sums(trade)
        sums.add(trade)


def _minutes(seconds: _Windows) -> _Windows:
    minutes: _Windows = {}
    for (symbol, second), sums in sorted(seconds.items(), key=lambda item: item[0]):
        key = (symbol, second // 60)
        if key in minutes:
            minutes[key].add_later(sums)
        else:
            minutes[key] = _copy(sums)
    return minutes


def _copy(sums: _Sums) -> _Sums:
    copy = _Sums.__new__(_Sums)
    for name in _Sums.__slots__:
        setattr(copy, name, getattr(sums, name))
    return copy


def _rows(interval: str, windows: _Windows) -> Iterator[Window]:
    for (symbol, number), sums in windows.items():
        yield Window(
            interval,
            symbol,
            number * LENGTHS_MS[interval],
            open=sums.open,
            high=sums.high,
            low=sums.low,
            close=sums.close,
            volume_base=sums.volume_base,
            volume_quote=sums.volume_quote,
            taker_buy_volume_base=sums.buy_base,
            taker_buy_volume_quote=sums.buy_quote,
            trade_count=sums.count,
            first_trade_id=sums.first_id,
            last_trade_id=sums.last_id,
        )


def main() -> None:
    """Compute the windows of a topic and print what it took as JSON."""
    decimal.getcontext().prec = _DIGITS
    decode = msgspec.json.Decoder(_Trade).decode
    seconds: _Windows = {}
    samples = [own_sample(0)]
    for batch in read_topic(*sys.argv[1:]):
        _add(seconds, map(decode, batch))
        samples.append(own_sample(samples[-1].records + len(batch)))
    minutes = _minutes(seconds)
    samples.append(own_sample(samples[-1].records))
    found = digest([*_rows("1s", seconds), *_rows("1m", minutes)])
    print(json.dumps(Measured.of(samples, samples[-1].records, found).as_json()))


if __name__ == "__main__":
    main()
