"""Peer: the same seconds by hand, one Python process, tuned: librdkafka, typed decoding, integers.

usage: peer_windows BOOTSTRAP TOPIC
"""

import sys
from decimal import Decimal

import msgspec

from benchmarks.book.peer_second import SECOND_MS, OpenSecond, consume
from benchmarks.book.windows import Window
from benchmarks.candles.peer_reader import read_topic

_E8, _E12, _E16 = 10**8, 10**12, 10**16


class _Top(msgspec.Struct):
    kind: str
    event_time_ms: int
    symbol: str = ""
    quote_time_ms: int = 0
    last_update_id: int = 0
    bid_price: str = ""
    bid_size: str = ""
    bid_size_sum_5: str = ""
    bid_size_sum_20: str = ""
    bid_depth_quote_10_bps: str = ""
    bid_depth_quote_50_bps: str = ""
    ask_price: str = ""
    ask_size: str = ""
    ask_size_sum_5: str = ""
    ask_size_sum_20: str = ""
    ask_depth_quote_10_bps: str = ""
    ask_depth_quote_50_bps: str = ""


def _e8(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(8, "0"))


def _ratio_e12(numerator: int, denominator: int) -> int:
    """Round a quotient half to even to twelve decimals."""
    quotient, rest = divmod(numerator * _E12, denominator)
    double = 2 * rest
    return quotient + (double > denominator or (double == denominator and quotient % 2 == 1))


def _imbalance_e12(bid: int, ask: int) -> int:
    return _ratio_e12(bid - ask, bid + ask)


class _Second(OpenSecond[int]):
    """Prices and sizes times 10^8, quotients times 10^12."""

    __slots__ = ()

    def measure(self, top: _Top) -> tuple[int, ...]:
        bid, ask = _e8(top.bid_price), _e8(top.ask_price)
        return (
            ask - bid,
            _ratio_e12(20_000 * (ask - bid), ask + bid),
            _imbalance_e12(_e8(top.bid_size), _e8(top.ask_size)),
            _imbalance_e12(_e8(top.bid_size_sum_5), _e8(top.ask_size_sum_5)),
            _imbalance_e12(_e8(top.bid_size_sum_20), _e8(top.ask_size_sum_20)),
        )

    def window(self) -> Window:
        self.hold_until(self.ends)
        top, values = self.top, self.values
        bid, ask = _e8(top.bid_price), _e8(top.ask_price)
        bid_size, ask_size = _e8(top.bid_size), _e8(top.ask_size)
        means = [total / _E12 / SECOND_MS for total in self.sums[1:]]
        last = [value / _E12 for value in values[1:]]
        return Window(
            symbol=top.symbol,
            start_ms=self.ends - SECOND_MS,
            spread_min=Decimal(self.lowest[0]).scaleb(-8),
            spread_max=Decimal(self.highest[0]).scaleb(-8),
            spread_last=Decimal(values[0]).scaleb(-8),
            spread_mean=self.sums[0] / _E8 / SECOND_MS,
            spread_bps_min=self.lowest[1] / _E12,
            spread_bps_max=self.highest[1] / _E12,
            spread_bps_last=last[0],
            spread_bps_mean=means[0],
            obi_1_mean=means[1],
            obi_1_last=last[1],
            obi_5_mean=means[2],
            obi_5_last=last[2],
            obi_20_mean=means[3],
            obi_20_last=last[3],
            mid_last=(bid + ask) / _E8 / 2,
            microprice_last=(ask * bid_size + bid * ask_size)
            / _E16
            / ((bid_size + ask_size) / _E8),
            bid_depth_quote_10_bps=Decimal(top.bid_depth_quote_10_bps),
            bid_depth_quote_50_bps=Decimal(top.bid_depth_quote_50_bps),
            ask_depth_quote_10_bps=Decimal(top.ask_depth_quote_10_bps),
            ask_depth_quote_50_bps=Decimal(top.ask_depth_quote_50_bps),
            update_count=self.updates,
            synced_ms=SECOND_MS,
            max_quote_age_ms=self.age,
        )


if __name__ == "__main__":
    consume(read_topic(*sys.argv[1:]), msgspec.json.Decoder(_Top).decode, _Second)
