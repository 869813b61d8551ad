"""Names and addresses of streams, and the frames that they send."""

import json
import struct

import pytest

from simulator.binance.streams import (
    combined,
    in_microseconds,
    query_values,
    split_names,
    text_frame,
)
from simulator.binance.venues import (
    Market,
    address_of,
    category_of_path,
    stream_name,
    usdm_category,
)
from simulator.engine.candles import flat
from simulator.synthetic.messages import kline_message
from tests.support.simulated_exchange import START_MS, trade_frame


def test_stream_lists_are_decoded_and_a_plus_stays_a_plus():
    raw = "streams=btcusdt%40trade%2Fethusdt@kline_1d@+08:00&timeUnit=MICROSECOND"
    (streams,) = query_values(raw, "streams")
    assert split_names(streams) == ["btcusdt@trade", "ethusdt@kline_1d@+08:00"]
    assert query_values(raw, "timeUnit") == ["MICROSECOND"]
    assert query_values(raw, "other") == []


def test_the_envelope_holds_the_payload_as_it_is():
    assert combined("a@trade", b'{"p":"1.00"}') == b'{"stream":"a@trade","data":{"p":"1.00"}}'


def test_microseconds_change_every_time_and_no_id():
    event = json.loads(in_microseconds(trade_frame(77).payload))
    assert (event["E"], event["T"], event["t"]) == (START_MS * 1000, START_MS * 1000, 77)


def test_a_candle_closes_one_microsecond_before_the_next():
    message = kline_message("BTCUSDT", "1s", 1000, flat(START_MS, 5), START_MS + 500)
    kline = json.loads(in_microseconds(message))["k"]
    assert kline["t"] == START_MS * 1000
    assert kline["T"] == (START_MS + 1000) * 1000 - 1


def test_broken_json_stays_as_it_is():
    assert in_microseconds(b'{"e":"tra') == b'{"e":"tra'


def test_frame_headers_hold_the_length_in_the_shortest_form():
    assert text_frame(b"x" * 125)[:2] == bytes((0x81, 125))
    assert text_frame(b"x" * 126)[:4] == struct.pack("!BBH", 0x81, 126, 126)
    assert text_frame(b"x" * 65536)[:10] == struct.pack("!BBQ", 0x81, 127, 65536)


@pytest.mark.parametrize(
    "stream",
    [
        "btcusdt@bookTicker",
        "!bookTicker",
        "btcusdt@depth",
        "btcusdt@depth@100ms",
        "btcusdt@depth20@500ms",
        "btcusdt@rpiDepth@500ms",
        "btcusdt@trade",
    ],
)
def test_books_and_trades_of_usdm_are_public(stream):
    assert usdm_category(stream) == "public"


@pytest.mark.parametrize(
    "stream",
    [
        "btcusdt@aggTrade",
        "btcusdt@markPrice@1s",
        "!markPrice@arr@1s",
        "btcusdt@kline_1m",
        "btcusdt_perpetual@continuousKline_1m",
        "!ticker@arr",
        "!forceOrder@arr",
        "!contractInfo",
        "tradingSession",
    ],
)
def test_what_is_derived_from_them_is_on_the_market_path(stream):
    assert usdm_category(stream) == "market"


def test_addresses_of_one_symbol_on_two_markets_differ():
    assert address_of(Market.SPOT, "btcusdt@trade") == "btcusdt@trade"
    assert address_of(Market.USDM, "btcusdt@trade") == "public/btcusdt@trade"
    assert stream_name("public/btcusdt@trade") == stream_name("btcusdt@trade") == "btcusdt@trade"


def test_the_category_is_the_first_part_of_a_usdm_path():
    assert category_of_path("/private/ws/key") == "private"
    assert category_of_path("/market/stream") == "market"
    assert category_of_path("/ws/public") == category_of_path("/stream") == ""
