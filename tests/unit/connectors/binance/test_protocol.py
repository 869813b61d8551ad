import msgspec
import pytest

from connectors.binance import protocol
from connectors.binance.protocol import decode
from connectors.feeds.events import (
    Acknowledged,
    Ignored,
    Malformed,
    Refused,
    ServerShutdown,
    TradeReceived,
)

TRADE = (
    b'{"e":"trade","E":1791382992341,"s":"BTCUSDT","t":5412338907,"p":"83091.60000000",'
    b'"q":"0.00482000","T":1791382992340,"m":true,"M":true}'
)
EXPECTED = TradeReceived(
    symbol="BTCUSDT",
    trade_id=5412338907,
    price="83091.60000000",
    quantity="0.00482000",
    publish_time_ms=1791382992341,
    match_time_ms=1791382992340,
    buyer_is_maker=True,
)


def combined(payload: bytes, stream: str = "btcusdt@trade") -> bytes:
    return b'{"stream":"' + stream.encode() + b'","data":' + payload + b"}"


class TestTrades:
    def test_a_trade_is_read_from_the_combined_envelope(self) -> None:
        assert decode(combined(TRADE)) == EXPECTED

    def test_a_bare_trade_is_the_same(self) -> None:
        assert decode(TRADE) == EXPECTED

    def test_keys_that_we_do_not_know_are_passed_over(self) -> None:
        extended = TRADE[:-1] + b',"zz":{"deep":[1,2]},"st":1}'
        assert decode(combined(extended)[:-1] + b',"more":null}') == EXPECTED

    def test_the_key_order_does_not_matter(self) -> None:
        assert decode(b'{"data":' + TRADE + b',"stream":"btcusdt@trade"}') == EXPECTED

    @pytest.mark.parametrize("key", ["t", "p", "q", "T", "m", "s"])
    def test_a_trade_without_a_key_that_we_need_is_malformed(self, key: str) -> None:
        payload = msgspec.json.decode(TRADE)
        del payload[key]
        event = decode(combined(msgspec.json.encode(payload)))
        assert isinstance(event, Malformed)
        assert event.reason == "missing_key"
        assert event.detail.endswith(f"found none for {key}")
        assert event.stream == "btcusdt@trade"

    @pytest.mark.parametrize(
        ("key", "value"), [("p", 83091.6), ("t", "5412338907"), ("m", "true"), ("T", None)]
    )
    def test_a_value_of_another_type_is_malformed(self, key: str, value: object) -> None:
        payload = msgspec.json.decode(TRADE) | {key: value}
        event = decode(combined(msgspec.json.encode(payload)))
        assert isinstance(event, Malformed)
        assert event.reason in ("bad_shape", "missing_key")


class TestOtherFrames:
    @pytest.mark.parametrize("request_id", [1, "c3f0", None])
    def test_an_acknowledgement_gives_the_id_back(self, request_id: object) -> None:
        frame = msgspec.json.encode({"result": None, "id": request_id})
        assert decode(frame) == Acknowledged(request_id)  # type: ignore[arg-type]

    def test_a_flat_error_object_is_read(self) -> None:
        frame = b'{"code":2,"msg":"Invalid request","id":7}'
        assert decode(frame) == Refused(2, "Invalid request", 7)

    def test_a_nested_error_object_is_read(self) -> None:
        frame = b'{"error":{"code":4,"msg":"Too many subscriptions"}}'
        assert decode(frame) == Refused(4, "Too many subscriptions", None)

    @pytest.mark.parametrize(
        ("frame", "answer"),
        [
            (b'{"result":null,"id":1}', Acknowledged(1)),
            (b'{"error":{"code":2,"msg":"no"}}', Refused(2, "no", None)),
            (b'{"code":2,"msg":"no","id":1}', Refused(2, "no", 1)),
            (combined(TRADE), None),
            (TRADE, None),
            (b'{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["1","2"]],"a":[]}', None),
            (b"[]", None),
            (b"\xff", None),
            (b"", None),
        ],
    )
    def test_the_answer_to_a_request_is_told_from_any_other_frame(
        self, frame: bytes, answer: object
    ) -> None:
        assert protocol.answer_of(frame) == answer

    def test_a_server_shutdown_is_read_in_both_forms(self) -> None:
        payload = b'{"e":"serverShutdown","E":1791382992488}'
        assert decode(payload) == ServerShutdown(1791382992488)
        assert decode(combined(payload, "!serverShutdown")) == ServerShutdown(1791382992488)

    def test_an_event_that_we_did_not_ask_for_is_ignored(self) -> None:
        payload = b'{"e":"avgPrice","E":1791382994000,"s":"BTCUSDT","i":"5m","w":"83077.4"}'
        assert decode(combined(payload, "btcusdt@avgPrice")) == Ignored(
            "btcusdt@avgPrice", "avgPrice"
        )
        assert isinstance(decode(payload), Ignored)

    def test_broken_json_is_malformed_and_kept_as_text(self) -> None:
        event = decode(TRADE[:40])
        assert isinstance(event, Malformed)
        assert (event.reason, event.payload) == ("bad_json", TRADE[:40].decode())

    def test_bytes_that_are_no_utf8_are_malformed_and_kept_escaped(self) -> None:
        event = decode(b'{"e":"tr\xff')
        assert isinstance(event, Malformed)
        assert "\\xff" in event.payload

    @pytest.mark.parametrize("frame", [b"{}", b"[]", b"null", b"", b'{"stream":"x"}'])
    def test_a_frame_of_no_known_shape_is_malformed(self, frame: bytes) -> None:
        assert isinstance(decode(frame), Malformed)


class TestSubscribing:
    def test_stream_names_are_lower_case(self) -> None:
        assert protocol.trade_stream("BTCUSDT") == "btcusdt@trade"

    def test_few_streams_are_named_in_the_url(self) -> None:
        plan = protocol.subscription("wss://host", ["btcusdt@trade", "ethusdt@trade"])
        assert plan.url == "wss://host/stream?streams=btcusdt@trade/ethusdt@trade"
        assert plan.messages == ()

    def test_symbols_beyond_ascii_are_percent_encoded(self) -> None:
        plan = protocol.subscription("wss://host", ["币安usdt@trade"])
        assert plan.url.endswith("streams=%E5%B8%81%E5%AE%89usdt@trade")

    def test_many_streams_go_into_subscribe_messages_of_a_hundred(self) -> None:
        streams = [f"symbol{number}usdt@trade" for number in range(250)]
        plan = protocol.subscription("wss://host", streams)
        assert plan.url == "wss://host/stream"
        assert [msgspec.json.decode(message) for message in plan.messages] == [
            {"method": "SUBSCRIBE", "params": streams[first : first + 100], "id": number}
            for number, first in enumerate((0, 100, 200), 1)
        ]

    @pytest.mark.parametrize("name", ["我踏马来了usdt@depth@100ms", "x" * 60 + "usdt@depth@100ms"])
    def test_messages_stay_small_whatever_the_names(self, name: str) -> None:
        streams = [f"{number}{name}" for number in range(1_024)]
        plan = protocol.subscription("wss://host", streams)
        assert max(len(message) for message in plan.messages) <= 4_000
        requests = [msgspec.json.decode(message) for message in plan.messages]
        assert [stream for request in requests for stream in request["params"]] == streams

    @pytest.mark.parametrize("count", [0, 1_025])
    def test_a_number_of_streams_that_no_connection_carries_is_refused(self, count: int) -> None:
        with pytest.raises(ValueError, match=f"expected 1 to 1024 streams, found {count}"):
            protocol.subscription("wss://host", ["x@trade"] * count)


@pytest.mark.parametrize("depth", [3_000, 200_000])
def test_a_frame_that_is_nested_too_deep_is_malformed_and_no_answer(depth: int) -> None:
    frame = b'{"zz":' + b"[" * depth + b"]" * depth + b"}"
    event = decode(frame)
    assert isinstance(event, Malformed)
    assert event.reason == "bad_json"
    assert protocol.answer_of(frame) is None
