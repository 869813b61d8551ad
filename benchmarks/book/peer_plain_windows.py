"""Peer: the same seconds by hand, in one Python process, as one writes it first.

kafka-python, the standard library's JSON, `Decimal`, a dict of open seconds.

usage: peer_plain_windows BOOTSTRAP TOPIC
"""

import decimal
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

from kafka import KafkaConsumer, TopicPartition

from benchmarks.book.peer_second import SECOND_MS, OpenSecond, consume
from benchmarks.book.windows import Window

_DIGITS = 60
_QUOTIENT = Decimal("1E-12")
_BATCH, _TIMEOUT_MS = 10_000, 1_000
_EXACT = ("_price", "_size", "_size_sum_5", "_size_sum_20", "_depth_quote_10_bps")
_EXACT_NAMES = tuple(
    f"{side}{name}" for side in ("bid", "ask") for name in (*_EXACT, "_depth_quote_50_bps")
)


def _decode(value: bytes) -> SimpleNamespace:
    row = json.loads(value)
    for name in _EXACT_NAMES:
        if name in row:
            row[name] = Decimal(row[name])
    return SimpleNamespace(**row)


def _read(bootstrap: str, topic: str) -> Iterator[list[bytes]]:
    """Yield batches of values until the end that the topic has now."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False
    )
    partitions = [TopicPartition(topic, one) for one in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    while any(consumer.position(one) < end for one, end in ends.items()):
        polled = consumer.poll(_TIMEOUT_MS, max_records=_BATCH)
        yield [message.value for messages in polled.values() for message in messages]
    consumer.close()


def _imbalance(bid: Decimal, ask: Decimal) -> Decimal:
    return ((bid - ask) / (bid + ask)).quantize(_QUOTIENT)


class _Second(OpenSecond[Decimal]):
    __slots__ = ()

    def measure(self, top: SimpleNamespace) -> tuple[Decimal, ...]:
        bid, ask = top.bid_price, top.ask_price
        return (
            ask - bid,
            (20_000 * (ask - bid) / (ask + bid)).quantize(_QUOTIENT),
            _imbalance(top.bid_size, top.ask_size),
            _imbalance(top.bid_size_sum_5, top.ask_size_sum_5),
            _imbalance(top.bid_size_sum_20, top.ask_size_sum_20),
        )

    def window(self) -> Window:
        self.hold_until(self.ends)
        top, values = self.top, self.values
        bid, ask, bid_size, ask_size = top.bid_price, top.ask_price, top.bid_size, top.ask_size
        spread_mean, bps_mean, *imbalances = (float(total) / SECOND_MS for total in self.sums)
        return Window(
            symbol=top.symbol,
            start_ms=self.ends - SECOND_MS,
            spread_min=self.lowest[0],
            spread_max=self.highest[0],
            spread_last=values[0],
            spread_mean=spread_mean,
            spread_bps_min=float(self.lowest[1]),
            spread_bps_max=float(self.highest[1]),
            spread_bps_last=float(values[1]),
            spread_bps_mean=bps_mean,
            obi_1_mean=imbalances[0],
            obi_1_last=float(values[2]),
            obi_5_mean=imbalances[1],
            obi_5_last=float(values[3]),
            obi_20_mean=imbalances[2],
            obi_20_last=float(values[4]),
            mid_last=float(bid + ask) / 2,
            microprice_last=float(ask * bid_size + bid * ask_size) / float(bid_size + ask_size),
            bid_depth_quote_10_bps=top.bid_depth_quote_10_bps,
            bid_depth_quote_50_bps=top.bid_depth_quote_50_bps,
            ask_depth_quote_10_bps=top.ask_depth_quote_10_bps,
            ask_depth_quote_50_bps=top.ask_depth_quote_50_bps,
            update_count=self.updates,
            synced_ms=SECOND_MS,
            max_quote_age_ms=self.age,
        )


if __name__ == "__main__":
    decimal.getcontext().prec = _DIGITS
    consume(_read(*sys.argv[1:]), _decode, _Second)
