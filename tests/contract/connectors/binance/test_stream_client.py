"""The socket client against a server that comes, goes and refuses."""

import time
from collections.abc import Callable, Iterator

import pytest

from connectors.binance.protocol import subscription
from connectors.binance.venues import simulator_endpoints
from connectors.connect.clock import SystemClock
from connectors.feeds import subscribing
from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import Alive, Connected, Disconnected, Frame, Message
from connectors.feeds.stream_client import StreamClient
from tests.contract.connectors.binance.exchange import Answer, Exchange, acknowledgement, frame

PING_INTERVAL_S, PING_TIMEOUT_S = 0.1, 0.4
ANSWER_TIMEOUT_S = 0.3


@pytest.fixture
def inbox() -> Inbox[Message]:
    return Inbox(1_000)


@pytest.fixture
def start(exchange: Exchange, inbox: Inbox[Message]) -> Iterator[Callable[..., StreamClient]]:
    clients: list[StreamClient] = []

    def begin(
        streams: tuple[str, ...] = ("btcusdt@trade",), into: Inbox[Message] = inbox
    ) -> StreamClient:
        plan = subscription(simulator_endpoints(exchange.url).stream_url, streams)
        limits = {
            "ping_interval_s": PING_INTERVAL_S,
            "ping_timeout_s": PING_TIMEOUT_S,
            "answer_timeout_s": ANSWER_TIMEOUT_S,
        }
        clients.append(StreamClient(plan, into, SystemClock(), **limits))
        clients[-1].start()
        return clients[-1]

    yield begin
    for client in clients:
        client.stop()


def wait_for(inbox: Inbox[Message], kind: type[Message]) -> Message:
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s:
        for message in inbox.take(0.1, limit=1):
            if isinstance(message, kind):
                return message
    raise AssertionError(f"no {kind.__name__} within 5 s")


def test_streams_are_named_in_the_url(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    start(("btcusdt@trade", "ethusdt@trade"))
    wait_for(inbox, Connected)
    assert exchange.handshakes == ["/stream?streams=btcusdt@trade/ethusdt@trade"]
    assert exchange.received == []


class TestSubscribing:
    NAMES = tuple(f"symbol{number}usdt@trade" for number in range(250))

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(subscribing, "PAUSE_S", 0.05)

    @pytest.mark.parametrize("count", [250, 500, 1_024])
    def test_many_streams_are_subscribed_in_small_messages_one_after_the_other(
        self,
        start: Callable[..., StreamClient],
        inbox: Inbox[Message],
        exchange: Exchange,
        count: int,
    ) -> None:
        names = [f"symbol{number}usdt@trade" for number in range(count)]
        start(tuple(names))
        connected = wait_for(inbox, Connected)
        assert isinstance(connected, Connected)
        assert connected.url.endswith("/stream")
        assert [request["id"] for request in exchange.received] == [
            number + 1 for number in range(-(-count // 100))
        ]
        asked = [name for request in exchange.received for name in request["params"]]  # type: ignore[attr-defined]
        assert asked == names
        assert max(exchange.received_bytes) <= 4_000
        assert inbox.take(0.1, limit=10) == []

    @pytest.mark.parametrize("silent", [1, 2, 3])
    def test_a_request_that_is_not_acknowledged_ends_the_connection(
        self,
        start: Callable[..., StreamClient],
        inbox: Inbox[Message],
        exchange: Exchange,
        silent: int,
    ) -> None:
        exchange.answers = lambda number: acknowledgement(number) * (number != silent)
        start(self.NAMES)
        (gone,) = inbox.take(5.0, limit=1)
        assert gone == Disconnected(
            f"subscription request {silent} of 3: not acknowledged within 0.3 s",
            subscription_failed=True,
        )
        assert len(exchange.received) == silent

    @pytest.mark.parametrize(
        "refusal",
        [
            '{"error":{"code":2,"msg":"Invalid request"}}',
            '{"error":{"code":2,"msg":"Invalid request"},"id":1}',
            '{"code":2,"msg":"Invalid request","id":1}',
            '{"code":2,"msg":"Invalid request","id":null}',
        ],
    )
    def test_a_refusal_ends_the_connection_with_its_words(
        self,
        start: Callable[..., StreamClient],
        inbox: Inbox[Message],
        exchange: Exchange,
        refusal: str,
    ) -> None:
        exchange.answers = lambda number: [refusal]
        start(self.NAMES)
        (gone,) = inbox.take(5.0, limit=1)
        assert gone == Disconnected(
            "subscription request 1 of 3: refused with code 2: Invalid request",
            subscription_failed=True,
        )

    def test_after_a_failure_it_is_tried_again(
        self, start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
    ) -> None:
        exchange.answers = lambda number: acknowledgement(number - 1) * (number > 1)
        start(self.NAMES)
        wait_for(inbox, Disconnected)
        wait_for(inbox, Connected)

    def test_frames_that_come_before_the_last_acknowledgement_follow_the_connection_in_order(
        self, start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
    ) -> None:
        exchange.answers = lambda number: [
            frame("SYMBOL1USDT", number).decode(),
            *acknowledgement(number),
            frame("SYMBOL1USDT", number + 100).decode(),
        ]
        start(self.NAMES)
        messages: list[Message] = []
        while len(messages) < 7 and (taken := inbox.take(5.0, limit=7)):
            messages += taken
        assert isinstance(messages[0], Connected)
        assert [m.content for m in messages[1:] if isinstance(m, Frame)] == [
            frame("SYMBOL1USDT", trade_id) for trade_id in (1, 101, 2, 102, 3, 103)
        ]

    def test_a_connection_that_ends_meanwhile_is_no_refusal(
        self, start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
    ) -> None:
        exchange.answers = lambda number: []
        start(self.NAMES)
        while not exchange.received:
            time.sleep(0.01)
        exchange.cut()
        gone = wait_for(inbox, Disconnected)
        assert isinstance(gone, Disconnected)
        assert not gone.subscription_failed


def test_frames_come_in_order_as_they_were_sent(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    start()
    wait_for(inbox, Connected)
    exchange.publish("BTCUSDT", 1, 2, 3)
    frames = [wait_for(inbox, Frame) for _ in range(3)]
    assert [f.content for f in frames if isinstance(f, Frame)] == [
        frame("BTCUSDT", trade_id) for trade_id in (1, 2, 3)
    ]


def test_a_cut_connection_is_told_and_made_again(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    start()
    wait_for(inbox, Connected)
    exchange.cut()
    gone = wait_for(inbox, Disconnected)
    assert isinstance(gone, Disconnected)
    assert "connection closed" in gone.reason
    wait_for(inbox, Connected)
    assert len(exchange.handshakes) == 2


def test_a_refused_handshake_is_told_and_tried_again_when_the_exchange_allows(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    exchange.refusals.append(Answer(429, None, {"Retry-After": "1"}))
    began_s = time.monotonic()
    start()
    refused = wait_for(inbox, Disconnected)
    assert isinstance(refused, Disconnected)
    assert refused.reason == "handshake refused with HTTP 429, Retry-After 1"
    wait_for(inbox, Connected)
    assert time.monotonic() - began_s >= 1.0


def test_a_ping_of_ours_proves_the_connection_alive(
    start: Callable[..., StreamClient], inbox: Inbox[Message]
) -> None:
    client = start()
    wait_for(inbox, Connected)
    client.ping()
    wait_for(inbox, Alive)


def test_a_reconnect_is_made_on_demand(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    client = start()
    wait_for(inbox, Connected)
    client.reconnect()
    wait_for(inbox, Disconnected)
    wait_for(inbox, Connected)
    assert len(exchange.handshakes) == 2


def test_a_full_inbox_is_not_filled_further(
    start: Callable[..., StreamClient], exchange: Exchange
) -> None:
    small: Inbox[Message] = Inbox(5)
    start(into=small)
    wait_for(small, Connected)
    exchange.publish("BTCUSDT", *range(1, 51))
    time.sleep(0.3)
    assert len(small) == 5
    taken = 0
    end_s = time.monotonic() + 5
    while taken < 50 and time.monotonic() < end_s:
        taken += len(small.take(0.1, limit=5))
    assert taken == 50


def test_a_peer_that_answers_no_ping_is_left(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    exchange.pongs = False
    start()
    wait_for(inbox, Connected)
    gone = wait_for(inbox, Disconnected)
    assert isinstance(gone, Disconnected)
    assert "no answer to a ping for 0.4 s" in gone.reason


def test_an_answer_that_a_full_inbox_keeps_us_from_reading_ends_no_connection(
    start: Callable[..., StreamClient], exchange: Exchange
) -> None:
    small: Inbox[Message] = Inbox(5)
    start(into=small)
    wait_for(small, Connected)
    exchange.publish("BTCUSDT", *range(1, 51))
    time.sleep(3 * (PING_INTERVAL_S + PING_TIMEOUT_S))
    messages: list[Message] = []
    while len(messages) < 50 and (taken := small.take(1.0, limit=5)):
        messages += taken
    assert [type(message) for message in messages] == [Frame] * 50
    assert len(exchange.handshakes) == 1


def test_stopping_is_quick_while_connected_and_while_waiting(
    start: Callable[..., StreamClient], inbox: Inbox[Message], exchange: Exchange
) -> None:
    connected = start()
    wait_for(inbox, Connected)
    exchange.refusals += [Answer(503, None)] * 20
    waiting = start()
    wait_for(inbox, Disconnected)
    began_s = time.monotonic()
    connected.stop()
    waiting.stop()
    assert time.monotonic() - began_s < 2.0
