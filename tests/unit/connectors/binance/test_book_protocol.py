"""Frames of book streams, frames that only look like some, and how the markets differ."""

import pytest

from connectors.binance.book_protocol import decode
from connectors.binance.venues import SPOT, USDM, Venue, ticker_stream
from connectors.feeds.events import (
    Acknowledged,
    DepthReceived,
    Ignored,
    Malformed,
    ServerShutdown,
    TickerReceived,
)

SPOT_DEPTH = (
    b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1791382994114,"s":"BTCUSDT",'
    b'"U":72,"u":163,"b":[["83091.60000000","2.10450000"]],"a":[["83091.61000000","0.00000000"]]}}'
)
USDM_DEPTH = (
    b'{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1791382994616,'
    b'"T":1791382994613,"s":"BTCUSDT","ps":"BTCUSDT","U":93,"u":654,"pu":61,'
    b'"b":[["83091.60","4.215"]],"a":[],"st":1}}'
)
SPOT_TICKER = (
    b'{"stream":"btcusdt@bookTicker","data":{"u":71,"s":"BTCUSDT","b":"83091.60000000",'
    b'"B":"1.92834000","a":"83091.61000000","A":"0.70112000"}}'
)
USDM_TICKER = (
    b'{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":476,"s":"BTCUSDT","ps":"BTCUSDT",'
    b'"b":"83091.60","B":"4.215","a":"83091.70","A":"3.763","T":1791382994657,"E":1791382994658,'
    b'"st":1}}'
)


def test_a_spot_diff_has_no_previous_id_and_its_publish_time() -> None:
    event = decode(SPOT_DEPTH)
    assert isinstance(event, DepthReceived)
    assert (event.symbol, event.first_update_id, event.last_update_id) == ("BTCUSDT", 72, 163)
    assert event.previous_update_id is None
    assert event.event_time_ms == event.publish_time_ms == 1_791_382_994_114
    assert event.bids == [("83091.60000000", "2.10450000")]
    assert event.asks == [("83091.61000000", "0.00000000")]


def test_a_usdm_diff_names_the_one_before_it_and_the_time_of_its_last_change() -> None:
    event = decode(USDM_DEPTH)
    assert isinstance(event, DepthReceived)
    assert event.previous_update_id == 61
    assert event.event_time_ms == 1_791_382_994_613
    assert event.publish_time_ms == 1_791_382_994_616


@pytest.mark.parametrize(
    ("frame", "update_id", "time_ms"), [(SPOT_TICKER, 71, 0), (USDM_TICKER, 476, 1_791_382_994_658)]
)
def test_best_bid_and_ask_are_read_on_both_markets(
    frame: bytes, update_id: int, time_ms: int
) -> None:
    event = decode(frame)
    assert isinstance(event, TickerReceived)
    assert (event.update_id, event.publish_time_ms) == (update_id, time_ms)
    assert event.bid_price.startswith("83091.60")


def test_other_frames_are_those_of_every_connection() -> None:
    assert decode(b'{"result":null,"id":1}') == Acknowledged(1)
    shutdown = b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":5}}'
    assert decode(shutdown) == ServerShutdown(5)
    assert isinstance(decode(b'{"stream":"x@miniTicker","data":{"e":"24hrMiniTicker"}}'), Ignored)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (SPOT_DEPTH[:-9], "bad_json"),
        (SPOT_DEPTH.replace(b'"U":72,', b""), "bad_shape"),
        (SPOT_DEPTH.replace(b'["83091.60000000","2.10450000"]', b"7"), "bad_shape"),
        (SPOT_DEPTH.replace(b'"s":"BTCUSDT"', b'"s":"\xff\xfe"'), "bad_json"),
        (SPOT_TICKER.replace(b'"u":71', b'"u":"x"'), "bad_shape"),
    ],
)
def test_a_broken_frame_is_malformed_and_names_its_stream(frame: bytes, reason: str) -> None:
    event = decode(frame)
    assert isinstance(event, Malformed)
    assert (event.symbol, event.reason) == ("BTCUSDT", reason)
    assert event.stream in ("btcusdt@depth@100ms", "btcusdt@bookTicker")
    assert event.payload


ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in "我踏马来了币安人生币安人").encode()


@pytest.mark.parametrize("separator", [b"@", b"\\u0040"])
def test_a_name_that_is_written_in_escapes_is_read(separator: bytes) -> None:
    name = ESCAPED + b"usdt" + separator
    diff = decode(SPOT_DEPTH.replace(b"btcusdt@", name))
    best = decode(USDM_TICKER.replace(b"btcusdt@", name))
    assert isinstance(diff, DepthReceived)
    assert isinstance(best, TickerReceived)
    assert best.change_time_ms == 1_791_382_994_657


def test_a_frame_that_is_refused_names_its_escaped_symbol() -> None:
    event = decode(
        SPOT_DEPTH.replace(b"btcusdt@", ESCAPED + b"usdt@").replace(b'"U":72', b'"U":"x"')
    )
    assert isinstance(event, Malformed)
    assert event.symbol == "我踏马来了币安人生币安人USDT"
    assert event.stream == "我踏马来了币安人生币安人usdt@depth@100ms"


@pytest.mark.parametrize("name", [b"depth@100ms", b"bookTicker", b"trade"])
def test_a_frame_that_is_nested_too_deep_is_malformed(name: bytes) -> None:
    nested = b"[" * 3_000 + b"]" * 3_000
    event = decode(b'{"stream":"btcusdt@' + name + b'","data":{"zz":' + nested + b"}}")
    assert isinstance(event, Malformed)
    assert event.reason == "bad_json"


@pytest.mark.parametrize(
    ("venue", "limit", "weight"),
    [
        (SPOT, 5, 5),
        (SPOT, 100, 5),
        (SPOT, 101, 25),
        (SPOT, 1_000, 50),
        (SPOT, 5_000, 250),
        (USDM, 50, 2),
        (USDM, 100, 5),
        (USDM, 500, 10),
        (USDM, 1_000, 20),
    ],
)
def test_a_snapshots_weight_follows_from_its_levels(venue: Venue, limit: int, weight: int) -> None:
    assert venue.accepts_limit(limit)
    assert venue.snapshot_weight(limit) == weight


@pytest.mark.parametrize(("venue", "limit"), [(SPOT, 0), (SPOT, 5_001), (USDM, 200), (USDM, 5_000)])
def test_limits_that_the_exchange_does_not_know_are_not_accepted(venue: Venue, limit: int) -> None:
    assert not venue.accepts_limit(limit)


def test_the_plain_speed_has_no_suffix() -> None:
    assert SPOT.depth_stream("BTCUSDT", "100ms") == "btcusdt@depth@100ms"
    assert SPOT.depth_stream("BTCUSDT", "1000ms") == "btcusdt@depth"
    assert USDM.depth_stream("BTCUSDT", "250ms") == "btcusdt@depth"
    assert USDM.depth_stream("BTCUSDT", "0ms") == "btcusdt@depth@0ms"
    assert ticker_stream("BTCUSDT") == "btcusdt@bookTicker"


def test_books_of_usdm_are_in_the_public_category() -> None:
    assert USDM.endpoints("live", "").stream_url == "wss://fstream.binance.com/public"
    simulated = USDM.endpoints("simulator", "http://127.0.0.1:9443/")
    assert simulated.stream_url == "ws://127.0.0.1:9443/public"
    assert simulated.rest_url == "http://127.0.0.1:9443"
    assert SPOT.endpoints("simulator", "http://h:1").stream_url == "ws://h:1"
