"""Source connector of USD-M mark prices: stream `<symbol>@markPrice`, bronze only."""

from typing import ClassVar

import msgspec
from market.derivatives.mark_prices import MarkPrice

from connectors.binance.venues import USDM
from connectors.connect.config import Settings
from connectors.connect.contract import Connector, SourceRecord, Task, TaskContext
from connectors.feeds.config import SOURCE_KEYS
from connectors.feeds.inbox import Inbox, TaggedSink
from connectors.feeds.messages import Frame, Message
from connectors.feeds.stream_client import StreamClient
from market.dictionary.names import record_key


class _Payload(msgspec.Struct, frozen=True):
    s: str
    p: str
    i: str
    T: int
    E: int


class _Frame(msgspec.Struct, frozen=True):
    data: _Payload


def decode(frame: bytes, receive_time_ms: int) -> MarkPrice:
    """Return the mark price in a frame.

    Raises:
        msgspec.ValidationError: it has another shape.
        MalformedRecordError: no column can hold its values.
    """
    data = msgspec.json.decode(frame, type=_Frame).data
    return MarkPrice(USDM.market, data.s, data.p, data.i, data.T, data.E, receive_time_ms)


class MarkPricesTask(Task):
    """Passes on what the stream says."""

    def start(self, settings: Settings, context: TaskContext) -> None:
        """Connect."""
        endpoints = USDM.endpoints(settings.text("exchange"), settings.text("simulator.url"))
        streams = [f"{symbol.lower()}@markPrice" for symbol in settings.names("symbols")]
        self._inbox: Inbox[tuple[int, Message]] = Inbox(1_000)
        subscription = USDM.subscription(endpoints.stream_url, streams)
        self._client = StreamClient(subscription, TaggedSink(self._inbox, 1), context.clock)
        self._client.start()

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return what has come."""
        frames = [one for _, one in self._inbox.take(timeout_s, 1_000) if isinstance(one, Frame)]
        prices = [decode(one.content, one.receive_time_ms) for one in frames]
        return [
            SourceRecord("mark_prices", record_key(one.market, one.symbol), one.value())
            for one in prices
        ]

    def commit(self) -> None:
        """Nothing is reported to the exchange."""

    def stop(self) -> None:
        """Close the connection."""
        self._client.stop()


class MarkPricesConnector(Connector):
    """Mark prices of market `binance-usdm`."""

    keys: ClassVar = SOURCE_KEYS
    task_class: ClassVar = MarkPricesTask

    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return the only task."""
        return [settings]
