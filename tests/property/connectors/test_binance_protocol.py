"""Whatever a socket delivers, decoding ends in an event, and a trade comes back as it was sent."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connectors.binance.protocol import decode
from connectors.feeds.events import Malformed, TradeReceived

SYMBOLS = st.text(min_size=1, max_size=12)
NUMBERS = st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False).map(str)
LONGS = st.integers(min_value=0, max_value=2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | LONGS | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=10,
)
TRADES = st.builds(TradeReceived, SYMBOLS, LONGS, NUMBERS, NUMBERS, LONGS, LONGS, st.booleans())


def payload(trade: TradeReceived) -> dict[str, object]:
    return {
        "e": "trade",
        "E": trade.publish_time_ms,
        "s": trade.symbol,
        "t": trade.trade_id,
        "p": trade.price,
        "q": trade.quantity,
        "T": trade.match_time_ms,
        "m": trade.buyer_is_maker,
    }


def encoded(trade: TradeReceived) -> bytes:
    return msgspec.json.encode({"stream": "any", "data": payload(trade)})


@given(TRADES, st.dictionaries(st.text(min_size=2, max_size=6), JSON, max_size=3))
def test_a_trade_comes_back_with_whatever_other_keys(
    trade: TradeReceived, others: dict[str, object]
) -> None:
    frame = msgspec.json.encode({"stream": "any", "data": others | payload(trade)})
    assert decode(frame) == trade
    assert decode(encoded(trade)) == trade


@given(st.binary(max_size=200))
def test_any_bytes_become_an_event(frame: bytes) -> None:
    assert decode(frame) is not None


@given(JSON)
def test_any_json_becomes_an_event(content: object) -> None:
    assert decode(msgspec.json.encode(content)) is not None


@given(TRADES, st.data())
def test_a_frame_that_is_cut_short_is_malformed_and_kept(
    trade: TradeReceived, data: st.DataObject
) -> None:
    frame = encoded(trade)
    cut = frame[: data.draw(st.integers(0, len(frame) - 1))]
    event = decode(cut)
    assert isinstance(event, Malformed)
    assert event.payload == cut.decode("utf-8", "backslashreplace")


@given(TRADES, st.sampled_from(["E", "s", "t", "p", "q", "T", "m"]), JSON)
def test_a_value_of_any_other_kind_never_raises(
    trade: TradeReceived, key: str, value: object
) -> None:
    frame = msgspec.json.encode({"stream": "any", "data": payload(trade) | {key: value}})
    assert isinstance(decode(frame), TradeReceived | Malformed)
