"""Trades and feed events as the job `bronze` would have written them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.integration.flows.silver import MARKET, Row
from verify.captures import RecordedTrade


def trades(received: Sequence[RecordedTrade]) -> list[Row]:
    """Return trades as rows of `bronze.trades`."""
    return [
        {
            "market": MARKET,
            "symbol": trade.symbol,
            "trade_id": trade.trade_id,
            "price": trade.price,
            "quantity": trade.quantity,
            "taker_side": "buy" if trade.buy else "sell",
            "missing_before": 0,
            "event_time": trade.time_ms,
            "receive_time": trade.time_ms,
            "source": "live",
            "schema_version": 1,
        }
        for trade in received
    ]


def gaps_left(received: Sequence[RecordedTrade]) -> Iterator[Row]:
    """Yield a row of `ops.feed_events` for each gap."""
    for before, after in pairwise(received):
        if after.trade_id > before.trade_id + 1:
            yield {
                "market": MARKET,
                "symbol": after.symbol,
                "event": "gap_left",
                "from_id": before.trade_id + 1,
                "to_id": after.trade_id - 1,
                "from_time_ms": before.time_ms,
                "to_time_ms": after.time_ms,
                "receive_time": after.time_ms,
            }
