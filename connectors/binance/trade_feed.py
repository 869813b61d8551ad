"""The trades of one connection: from decoded events to records, in the order they must have.

Holds the symbols' sequences and the connection's time; reads no clock and does no I/O. What it
wants done (fetch history, ask the time, ping, reconnect) it hands to the task with the records.

Order within one batch: trades and markers first, heartbeats last, so that no partition sees a
heartbeat before a trade that we already have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from connectors.binance.connection_time import ConnectionTime, Step
from connectors.binance.heartbeats import Heartbeats
from connectors.binance.history_page import taker_side
from connectors.binance.protocol import (
    Event,
    Malformed,
    Refused,
    ServerShutdown,
    TradeReceived,
    trade_stream,
)
from connectors.binance.refusals import Refusals
from connectors.binance.stream_silence import StreamSilence
from connectors.runtime.clock import Now
from connectors.runtime.contract import SourceRecord
from connectors.runtime.market_records import MarketRecords
from connectors.runtime.telemetry import Metric, Telemetry
from market.backfills import BackfillRequest, BackfillResult
from market.errors import MalformedRecordError
from market.feed_events import FeedEvent, FeedEventKind
from market.records import GapMarker, Trade
from market.trade_sequence import Duplicate, Output, TradeSequence

CHECK_INTERVAL_S = 1.0
"""Between two looks for symbols that need a look-up: a busy one has proven itself by then."""

FAILED_CHECK_PAUSE_S = 5.0


class Wish(Enum):
    """What the feed wants done besides fetching history."""

    ASK_TIME = auto()
    PING = auto()
    RECONNECT = auto()


@dataclass(slots=True)
class Batch:
    """What came of one batch of messages."""

    records: list[SourceRecord] = field(default_factory=list)
    requests: list[BackfillRequest] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


class TradeFeed:
    """Turns the events of one connection into a market's records.

    Args:
        market: such as ``binance-spot``.
        sequences: by symbol, at least one.
        records: makes the source records.
        refusals: makes the dead letters.
        telemetry: the task's counters.
        heartbeat_interval_s: between two heartbeats, in seconds.
        silent_after_s: when a stream that never spoke is reported, in seconds.
    """

    def __init__(
        self,
        market: str,
        sequences: Mapping[str, TradeSequence],
        records: MarketRecords,
        refusals: Refusals,
        telemetry: Telemetry,
        heartbeat_interval_s: float,
        silent_after_s: float,
    ) -> None:
        self._market = market
        self._sequences = sequences
        self._records = records
        self._refusals = refusals
        self._telemetry = telemetry
        self._time = ConnectionTime()
        self._heartbeats = Heartbeats(market, heartbeat_interval_s)
        self._silence = StreamSilence(sequences, silent_after_s)
        self._connected = False
        self._check_due_s = 0.0
        self._batch = Batch()

    def take_batch(self) -> Batch:
        """Return what has gathered since the last call."""
        batch, self._batch = self._batch, Batch()
        return batch

    def on_connected(self, url: str, now: Now) -> None:
        """Note that a connection is up and carries the streams."""
        self._connected = True
        self._time.on_connected(now.monotonic_s)
        self._silence.on_connected(now.monotonic_s)
        self._check_due_s = now.monotonic_s + CHECK_INTERVAL_S
        for sequence in self._sequences.values():
            sequence.on_connected()
        self._telemetry.add(Metric.CONNECTS)
        self.tell(FeedEventKind.CONNECTED, f"connected to {url.partition('?')[0]}", now)

    def on_disconnected(self, reason: str, now: Now) -> None:
        """Note that the connection is gone; failed attempts after it are not told again."""
        if self._connected:
            self.tell(FeedEventKind.DISCONNECTED, reason, now)
        self._connected = False
        self._time.on_disconnected()
        self._silence.on_disconnected()

    def on_event(self, event: Event, receive_time_ms: int, now: Now) -> None:
        """Take one decoded frame."""
        if type(event) is TradeReceived:
            self._time.on_frame(event.publish_time_ms, now.monotonic_s)
            self._on_trade(event, receive_time_ms)
            return
        self._time.on_frame(0, now.monotonic_s)
        if isinstance(event, Malformed):
            self._batch.records.append(self._refusals.malformed_frame(event))
        elif isinstance(event, ServerShutdown):
            self.tell(FeedEventKind.SERVER_SHUTDOWN, "the server is about to go away", now)
            self._batch.wishes.append(Wish.RECONNECT)
        elif isinstance(event, Refused):
            self._batch.records.append(self._refusals.refused_request(event))

    def _on_trade(self, event: TradeReceived, receive_time_ms: int) -> None:
        sequence = self._sequences.get(event.symbol)
        if sequence is None:
            self._batch.records.append(self._refusals.unknown_symbol(event))
            return
        self._silence.on_spoken(event.symbol)
        try:
            trade = Trade(
                self._market,
                event.symbol,
                event.trade_id,
                event.price,
                event.quantity,
                taker_side(buyer_is_maker=event.buyer_is_maker),
                event.match_time_ms,
                receive_time_ms,
                "live",
                0,
            )
        except MalformedRecordError as error:
            self._batch.records.append(self._refusals.malformed_trade(event, error))
            return
        self._refusals.accepted()
        self._put(sequence.on_trade(trade))

    def on_backfill(self, result: BackfillResult, now: Now) -> None:
        """Take the answer to a request for history."""
        sequence = self._sequences[result.request.symbol]
        self._telemetry.add(Metric.BACKFILLED, len(result.trades))
        if result.failure and result.request.to_id is None:
            self._check_due_s = now.monotonic_s + FAILED_CHECK_PAUSE_S
        for trade in result.refused:
            letter = self._refusals.refused_history(result.request.symbol, trade)
            self._batch.records.append(letter)
        self._put(sequence.on_backfill(result, now.time_ms))

    def on_time(self, time_ms: int | None, now: Now) -> None:
        """Take the exchange's clock as REST told it; None when it did not."""
        self._time.on_time(time_ms, now.monotonic_s)

    def on_alive(self, now: Now) -> None:
        """Note the answer to our ping."""
        self._time.on_alive(now.monotonic_s)

    def tick(self, now: Now) -> None:
        """Do what is due; call it after the messages of a batch."""
        step = self._time.next_step(now.monotonic_s)
        if step is not Step.NOTHING:
            self._batch.wishes.append(Wish.PING if step is Step.PING else Wish.ASK_TIME)
        if self._connected and now.monotonic_s >= self._check_due_s:
            self._check_due_s = now.monotonic_s + CHECK_INTERVAL_S
            checks = (sequence.needs_check() for sequence in self._sequences.values())
            self._batch.requests += [check for check in checks if check is not None]
            repeats = sum(sequence.expected_repeats for sequence in self._sequences.values())
            self._telemetry.put(Metric.REPEATS, repeats)
        for symbol in self._silence.overdue(now.monotonic_s):
            detail = f"{trade_stream(symbol)}: subscribed and never spoke; is the symbol trading?"
            self.tell(FeedEventKind.STREAM_SILENT, detail, now, symbol)
        self._beat(now)

    def _beat(self, now: Now) -> None:
        heartbeat = self._heartbeats.next(
            self._sequences.values(), self._time.time_ms, now.time_ms, now.monotonic_s
        )
        if heartbeat is not None:
            self._telemetry.put(Metric.PROVEN_TIME_MS, heartbeat.event_time_ms)
            self._batch.records += self._records.heartbeats(heartbeat)

    def tell(self, kind: FeedEventKind, detail: str, now: Now, symbol: str = "") -> None:
        """Write a feed event of the connection, or of one symbol's stream."""
        event = FeedEvent(
            market=self._market,
            symbol=symbol,
            event=kind,
            detail=detail,
            event_time_ms=self._time.time_ms,
            receive_time_ms=now.time_ms,
            stream=trade_stream(symbol) if symbol else "",
        )
        self._batch.records.append(self._records.event(event))

    def _put(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if type(output) is Trade:
                self._batch.records.append(self._records.trade(output))
            elif isinstance(output, GapMarker):
                self._batch.records.append(self._records.gap(output))
            elif isinstance(output, BackfillRequest):
                self._batch.requests.append(output)
            elif isinstance(output, Duplicate):
                self._batch.records.append(self._refusals.duplicate(output))
            elif isinstance(output, FeedEvent):
                self._count(output)
                self._batch.records.append(self._records.event(output))

    def _count(self, event: FeedEvent) -> None:
        if event.event is FeedEventKind.GAP_FOUND:
            self._telemetry.add(Metric.GAPS)
        elif event.event is FeedEventKind.GAP_LEFT:
            self._telemetry.add(Metric.MISSING, (event.to_id or 0) - (event.from_id or 0) + 1)
