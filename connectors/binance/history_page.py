"""Reading a page of the exchange's trade history, row by row.

No I/O. One row that cannot be stored must not cost the others of its page, nor the pages after it:
it becomes a `RefusedTrade`, and reading goes on behind it.
"""

import json
from collections.abc import Sequence

import msgspec

from connectors.feeds.events import taker_side
from connectors.feeds.venue import HistoryPage
from market.dictionary.fields import MAX_ID
from market.dictionary.records import Trade
from market.errors import MalformedRecordError
from market.trades.backfills import RefusedTrade


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    """One trade as historicalTrades gives it; `time` is the match time in milliseconds."""

    id: int
    price: str
    qty: str
    time: int
    is_buyer_maker: bool


def read_page(
    market: str, symbol: str, from_id: int, rows: Sequence[object], receive_time_ms: int
) -> HistoryPage:
    """Return the trades of a page, and its rows that are none.

    Args:
        market: of the trades.
        symbol: upper case.
        from_id: the id that the page was asked from.
        rows: as received.
        receive_time_ms: our clock, epoch milliseconds.
    """
    trades: list[Trade] = []
    refused: list[RefusedTrade] = []
    ids = _ids(from_id, rows)
    for row, trade_id in zip(rows, ids, strict=True):
        try:
            trades.append(_trade(market, symbol, trade_id, row, receive_time_ms))
        except MalformedRecordError as error:
            refused.append(RefusedTrade(trade_id, error.reason, error.detail, _text(row)))
    return HistoryPage(tuple(trades), tuple(refused), max(ids, default=from_id - 1) + 1)


def _text(row: object) -> str:
    """Return a row as it was received, in ASCII: half a surrogate pair is no UTF-8."""
    try:
        return json.dumps(row, separators=(",", ":"))
    except RecursionError:
        return "(nested too deep)"


def _trade(market: str, symbol: str, trade_id: int, row: object, receive_time_ms: int) -> Trade:
    try:
        read = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        raise MalformedRecordError(
            "bad_shape", f"expected a trade of the history: {error}"
        ) from None
    if read.id != trade_id:
        raise MalformedRecordError(
            "bad_trade_id", f"expected an id between those of its neighbours, found {read.id}"
        )
    return Trade(
        market=market,
        symbol=symbol,
        trade_id=read.id,
        price=read.price,
        quantity=read.qty,
        taker_side=taker_side(buyer_is_maker=read.is_buyer_maker),
        event_time_ms=read.time,
        receive_time_ms=receive_time_ms,
        source="backfill",
        missing_before=0,
    )


def _ids(from_id: int, rows: Sequence[object]) -> list[int]:
    """Return the id of each row; -1 where it cannot be known.

    Ids grow from `from_id` on. One that cannot be read, or that is not smaller than those after it,
    is taken to follow the one before it.
    """
    ids = [_id_of(row) for row in rows]
    ceiling = MAX_ID + 1
    ceilings = []
    for number in range(len(rows) - 1, -1, -1):
        ceilings.append(ceiling)
        if from_id <= ids[number] < ceiling:
            ceiling = ids[number]
        else:
            ids[number] = -1
    last_id = from_id - 1
    for number, below in enumerate(reversed(ceilings)):
        if ids[number] < 0 and last_id + 1 < below:
            ids[number] = last_id + 1
        last_id = max(last_id, ids[number])
    return ids


def _id_of(row: object) -> int:
    found = row.get("id") if isinstance(row, dict) else None
    return found if type(found) is int else -1
