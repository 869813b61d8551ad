"""The trades of some symbols: turns decoded events into records, in the required order.

Reads no clock and does no I/O. It returns what it wants done (fetch history, ask for the newest
ids, reconnect) to the task, with the records.

Theory of operation
-------------------
* Ids alone account for trades (`market.trades.sequence`); which connection delivered a frame does
  not matter (`connectors.feeds.merged_streams`).
* About once a second the exchange is asked for its clock and then for the newest id of every
  symbol. One answer proves all quiet symbols, finds what was missed at the trailing edge, after a
  reconnect and after a restart, and says which symbols are gone.
* `connectors.feeds.vouching` says how far symbols are vouched for, and when one is released as
  unknown. While no connection is up, nothing is asked, released or vouched for: windows wait.

Order within one batch: trades and markers first, heartbeats last, so that no partition sees a
heartbeat before a record that we already have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.connect.clock import Now
from connectors.connect.contract import SourceRecord
from connectors.connect.telemetry import Metric, Telemetry
from connectors.feeds.events import (
    Event,
    Malformed,
    Refused,
    ServerShutdown,
    TradeReceived,
    taker_side,
)
from connectors.feeds.exchange_clock import JUMP_MS, SKEW_MS
from connectors.feeds.held_trades import LONGEST_WAIT_S, Held, HeldTrades
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.merged_streams import MergedStreams
from connectors.feeds.refusals import Refusals
from connectors.feeds.trade_clock import TradeClock
from connectors.feeds.vouching import Heartbeats, Hold, Voucher
from market.dictionary.feed_events import FeedEvent, FeedEventKind
from market.dictionary.records import GapMarker, Heartbeat, Trade, UnknownMarker
from market.errors import MalformedRecordError
from market.trades import sequence as trade_sequence
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds
from market.trades.sequence import Output, TradeSequence

ASK_INTERVAL_S = 1.0
"""Between two requests for the newest ids."""

GONE_INTERVAL_S = 60.0
"""Between two requests that include symbols that are gone: one such symbol costs many requests."""

CHUNK_SYMBOLS, CHUNK_WEIGHT, WEIGHT_A_MINUTE = 20, 2, 1_500
"""A request costs 2 for each 20 symbols; these requests use a quarter of the exchange's limit."""


@dataclass(frozen=True, slots=True)
class AskNewestIds:
    """Ask REST for the exchange's clock, then for the newest trade id of each symbol."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Close a connection and open it again."""

    connection: int


Command = AskNewestIds | Reconnect


@dataclass(slots=True)
class Batch:
    """The result of one batch of messages."""

    records: list[SourceRecord] = field(default_factory=list)
    requests: list[BackfillRequest] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FeedTimes:
    """Intervals and longest waits, in seconds."""

    heartbeat_s: float
    hold_s: float
    lifetime_s: float


class TradeFeed:
    """Turns the events of some connections into a market's records.

    Args:
        market: such as ``binance-spot``.
        sequences: by symbol, at least one.
        partitions: Kafka partitions that the task owns.
        records: builds the source records.
        refusals: builds the dead letters.
        telemetry: the task's counters.
        clock: the exchange's.
        connections: how many carry the streams; they are numbered from 1.
        times: intervals and longest waits.
    """

    def __init__(
        self,
        market: str,
        sequences: Mapping[str, TradeSequence],
        partitions: Iterable[int],
        records: MarketRecords,
        refusals: Refusals,
        telemetry: Telemetry,
        clock: TradeClock,
        connections: int,
        times: FeedTimes,
    ) -> None:
        self._market = market
        self._sequences = sequences
        self._records = records
        self._refusals = refusals
        self._telemetry = telemetry
        self._clock = clock
        self._held = HeldTrades()
        self._streams = MergedStreams(sequences, connections, times.lifetime_s)
        self._hold = Hold(times.hold_s)
        owned: dict[int, list[str]] = {partition: [] for partition in partitions}
        for symbol in sequences:
            owned[records.partition(symbol)].append(symbol)
        self._vouchers = {
            symbol: Voucher(records.heartbeats_ms[records.partition(symbol)])
            for symbol in sequences
        }
        # What an earlier run vouched for stays vouched for: the sequence starts from there.
        for symbol, sequence in sequences.items():
            # Windows up to there are closed, so a gap must be marked from there on.
            sequence.resume(self._vouchers[symbol].vouched_ms)
        self._heartbeats = Heartbeats(owned, records.heartbeats_ms, times.heartbeat_s)
        self._ask_interval_s = max(ASK_INTERVAL_S, _weight(len(sequences)) * 60 / WEIGHT_A_MINUTE)
        self._ask_due_s = 0.0
        self._is_asking = False
        self._asked: tuple[str, ...] = ()
        self._absent: frozenset[str] = frozenset()
        self._gone: set[str] = set()
        self._gone_due_s = 0.0
        self._batch = Batch()

    def take_batch(self) -> Batch:
        """Return the batch collected since the last call."""
        batch, self._batch = self._batch, Batch()
        return batch

    def on_connected(self, connection: int, url: str, now: Now) -> None:
        """Note that a connection is up and carries the streams."""
        if not self._streams.is_up:
            self._hold.resume(now.monotonic_s)
            # An answer shows at once what was missed while no connection was up.
            self._ask_due_s = now.monotonic_s
        self._streams.on_up(connection, now.monotonic_s)
        self._telemetry.add(Metric.CONNECTS)
        detail = f"connection {connection} to {url.partition('?')[0]}"
        self.report(FeedEventKind.CONNECTED, detail, now)

    def on_disconnected(
        self,
        connection: int,
        reason: str,
        now: Now,
        kind: FeedEventKind = FeedEventKind.DISCONNECTED,
    ) -> None:
        """Note that a connection is gone; failed attempts to reconnect are not reported."""
        was_up = self._streams.on_down(connection, now.monotonic_s)
        if not self._streams.is_up:
            self._hold.pause(now.monotonic_s)
        if was_up or kind is not FeedEventKind.DISCONNECTED:
            self.report(kind, f"connection {connection}: {reason}", now)

    def on_event(self, connection: int, event: Event, receive_time_ms: int, now: Now) -> None:
        """Take one decoded frame."""
        if type(event) is TradeReceived:
            self._on_trade(connection, event, receive_time_ms, now.monotonic_s)
        elif isinstance(event, Malformed):
            self._batch.records.append(self._refusals.malformed_frame(event))
        elif isinstance(event, ServerShutdown):
            detail = f"connection {connection}: the server is about to shut down"
            self.report(FeedEventKind.SERVER_SHUTDOWN, detail, now)
            self._batch.commands.append(Reconnect(connection))
        elif isinstance(event, Refused):
            self._batch.records.append(self._refusals.refused_request(event))

    def _on_trade(
        self, connection: int, event: TradeReceived, receive_time_ms: int, now_s: float
    ) -> None:
        symbol = event.symbol
        sequence = self._sequences.get(symbol)
        if sequence is None:
            self._batch.records.append(self._refusals.unknown_symbol(event))
            return
        # Every connection carries every trade: with two, half of all frames are repeats.
        if sequence.is_repeat(event.trade_id, event.match_time_ms):
            self._streams.on_trade(connection, symbol, event.trade_id)
            return
        if self._clock.is_ahead(event.publish_time_ms, now_s) and not self._held.is_full:
            self._put_held(Held(connection, event, receive_time_ms, now_s))
            return
        try:
            trade = Trade(
                self._market,
                symbol,
                event.trade_id,
                event.price,
                event.quantity,
                taker_side(buyer_is_maker=event.buyer_is_maker),
                event.match_time_ms,
                receive_time_ms,
                "live",
                0,
            )
            self._clock.on_frame(event.publish_time_ms, event.match_time_ms, now_s)
        except MalformedRecordError as error:
            self._batch.records.append(self._refusals.malformed_trade(event, error))
            return
        # Not earlier: the id of a refused trade may be absurd, and make the others look silent.
        self._streams.on_trade(connection, symbol, event.trade_id)
        self._gone.discard(symbol)
        self._refusals.accepted()
        self._put(sequence.on_trade(trade))

    def _put_held(self, one: Held) -> None:
        """Keep a trade that is far ahead until a second witness confirms its time."""
        if not self._held:
            # The answer may be the second witness, so it is requested now.
            self._ask_due_s = min(self._ask_due_s, one.since_s)
        self._held.put(one)
        furthest_ms = self._clock.furthest_ms(one.since_s)
        if one.event.publish_time_ms > furthest_ms:
            return
        shown_ms = self._held.shown_ms(furthest_ms)
        if shown_ms:
            self._clock.show(shown_ms)
            self._take_from_held(one.since_s)

    def _take_from_held(self, now_s: float) -> None:
        """Take the trades whose times are now confirmed."""
        for one in self._held.take():
            # Each that is taken moves the clock, which may confirm the next one.
            if self._clock.is_ahead(one.event.publish_time_ms, now_s):
                self._held.put(one)
            else:
                self._on_trade(one.connection, one.event, one.receive_time_ms, now_s)

    def _refuse_overdue(self, now_s: float) -> None:
        for one in self._held.take_overdue(now_s):
            error = MalformedRecordError(
                "bad_time",
                f"E: expected at most {JUMP_MS} ms after the exchange's clock "
                f"{self._clock.now_ms(now_s)}, or another trade of that time within "
                f"{LONGEST_WAIT_S} s, found {one.event.publish_time_ms}",
            )
            self._batch.records.append(self._refusals.malformed_trade(one.event, error))

    def on_backfill(self, result: BackfillResult, now: Now) -> None:
        """Take the answer to a request for history."""
        request = result.request
        self._telemetry.add(Metric.BACKFILLED, len(result.trades))
        self._batch.records += [
            self._refusals.refused_history(request.symbol, one) for one in result.refused
        ]
        latest_ms = self._clock.now_ms(now.monotonic_s) + SKEW_MS
        sequence = self._sequences[request.symbol]
        self._put(sequence.on_backfill(result, now.time_ms, latest_ms))

    def on_newest_ids(self, answer: NewestIds, now: Now) -> None:
        """Take the exchange's newest ids; a request that failed proves nothing."""
        self._is_asking = False
        as_of_ms = 0
        if answer.as_of_ms:
            as_of_ms = self._clock.on_time(answer.as_of_ms, now.monotonic_s)
            self._take_from_held(now.monotonic_s)
            if not as_of_ms:
                # While the answer's time is in doubt, its ids prove nothing either.
                return
        settled_ms = self._clock.settled(as_of_ms)
        for symbol, newest in answer.ids.items():
            self._gone.discard(symbol)
            sequence = self._sequences[symbol]
            if newest is None:
                vouched_ms = self._vouchers[symbol].vouched_ms
                outputs = sequence.on_none_lately(settled_ms, vouched_ms, now.time_ms)
            else:
                outputs = sequence.on_newest(newest, settled_ms, now.time_ms)
            self._put(outputs)
            if any(_is_gap_found(one) for one in outputs):
                self._on_missed(symbol, now)
        if not answer.failure:
            self._note_absent(frozenset(self._asked) - answer.ids.keys(), now)

    def _note_absent(self, symbols: frozenset[str], now: Now) -> None:
        """Treat symbols absent twice in a row as gone: one answer may lack a row."""
        confirmed, self._absent = symbols & self._absent, symbols
        for symbol in sorted(confirmed - self._gone):
            self._gone.add(symbol)
            detail = f"{symbol}: expected it in the exchange's list, found it absent twice in a row"
            self.report(FeedEventKind.SYMBOL_GONE, detail, now, symbol)

    def _on_missed(self, symbol: str, now: Now) -> None:
        """Replace all connections, one after the other, when none delivers a stream's trades."""
        if self._streams.on_missed(symbol):
            stream = self._refusals.stream_of(symbol)
            detail = f"{stream}: the exchange has trades that no connection delivers"
            self.report(FeedEventKind.STREAM_SILENT, detail, now, symbol)
            if self._streams.may_replace(now.monotonic_s):
                self._batch.commands += [Reconnect(one) for one in self._streams.numbers]

    def tick(self, now: Now) -> None:
        """Do what is due; call it after the messages of a batch."""
        if not self._streams.is_up:
            return
        self._ask(now)
        self._watch_streams(now)
        self._refuse_overdue(now.monotonic_s)
        self._hold.note(self._clock.settled_ms, now.monotonic_s)
        for symbol, sequence in self._sequences.items():
            self._vouch(symbol, sequence, now)
        for partition, time_ms in self._heartbeats.due(
            self._vouchers, self._clock.settled_ms, now.monotonic_s
        ):
            self._telemetry.put(Metric.PROVEN_TIME_MS, time_ms)
            heartbeat = Heartbeat(self._market, time_ms, now.time_ms)
            self._batch.records.append(self._records.heartbeat(partition, heartbeat))
        repeats = sum(sequence.repeats for sequence in self._sequences.values())
        self._telemetry.put(Metric.REPEATS, repeats)

    def _ask(self, now: Now) -> None:
        if self._is_asking or now.monotonic_s < self._ask_due_s:
            return
        self._is_asking = True
        self._ask_due_s = now.monotonic_s + self._ask_interval_s
        # An answer can contradict only what was known when it was requested.
        for sequence in self._sequences.values():
            sequence.on_asked()
        with_gone = now.monotonic_s >= self._gone_due_s
        if with_gone:
            self._gone_due_s = now.monotonic_s + GONE_INTERVAL_S
        self._asked = tuple(one for one in self._sequences if with_gone or one not in self._gone)
        self._batch.commands.append(AskNewestIds(self._asked))

    def _watch_streams(self, now: Now) -> None:
        for connection, symbol in self._streams.silent(now.monotonic_s):
            detail = f"{self._refusals.stream_of(symbol)}: silent on connection {connection} only"
            self.report(FeedEventKind.STREAM_SILENT, detail, now, symbol)
            if self._streams.may_replace(now.monotonic_s):
                self._batch.commands.append(Reconnect(connection))
        old = self._streams.to_replace(now.monotonic_s)
        if old is not None:
            self._batch.commands.append(Reconnect(old))

    def _vouch(self, symbol: str, sequence: TradeSequence, now: Now) -> None:
        """Advance what a symbol is vouched for, as unknown when its hold is over."""
        voucher, settled_ms = self._vouchers[symbol], self._clock.settled_ms
        # Nothing more will come of a symbol that is gone, so no window waits for it.
        overdue_ms = settled_ms if symbol in self._gone else self._hold.overdue_ms
        self._leave_overdue(sequence, overdue_ms, now)
        for instant_ms in voucher.advance(sequence.proven_ms, overdue_ms, settled_ms):
            marker = UnknownMarker(self._market, symbol, instant_ms, now.time_ms)
            self._batch.records.append(self._records.marker(marker))
        span = voucher.ended(sequence.proven_ms)
        if span is not None:
            self._report_unknown(symbol, span.from_time_ms, span.to_time_ms, now)

    def _leave_overdue(self, sequence: TradeSequence, overdue_ms: int, now: Now) -> None:
        """Leave every gap that windows have waited for; there may be several in a row."""
        # Ends as well where a gap cannot be left yet, since no trade has come after it.
        proven_ms = -1
        while proven_ms < sequence.proven_ms < overdue_ms and sequence.holding:
            proven_ms = sequence.proven_ms
            self._put(sequence.give_up("it was not filled while its windows waited", now.time_ms))

    def _report_unknown(self, symbol: str, from_time_ms: int, to_time_ms: int, now: Now) -> None:
        stream = self._refusals.stream_of(symbol)
        event = FeedEvent(
            market=self._market,
            symbol=symbol,
            event=FeedEventKind.SYMBOL_UNKNOWN,
            detail=f"{stream}: its trades could not be proven complete",
            event_time_ms=to_time_ms,
            receive_time_ms=now.time_ms,
            stream=stream,
            from_time_ms=from_time_ms,
            to_time_ms=to_time_ms,
        )
        self._batch.records.append(self._records.event(event))

    def report(self, kind: FeedEventKind, detail: str, now: Now, symbol: str = "") -> None:
        """Report a feed event of a connection, or of one symbol's stream."""
        event = FeedEvent(
            market=self._market,
            symbol=symbol,
            event=kind,
            detail=detail,
            event_time_ms=self._clock.time_ms,
            receive_time_ms=now.time_ms,
            stream=self._refusals.stream_of(symbol) if symbol else "",
        )
        self._batch.records.append(self._records.event(event))

    def _put(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            # The most frequent one first, and `type` is faster than `isinstance`.
            if type(output) is Trade:
                self._batch.records.append(self._records.trade(output))
            elif isinstance(output, (GapMarker, UnknownMarker)):
                self._batch.records.append(self._records.marker(output))
            elif isinstance(output, BackfillRequest):
                self._batch.requests.append(output)
            elif isinstance(output, trade_sequence.Refused):
                self._batch.records.append(self._refusals.refused_trade(output))
            elif isinstance(output, FeedEvent):
                self._count(output)
                self._batch.records.append(self._records.event(output))

    def _count(self, event: FeedEvent) -> None:
        if event.event is FeedEventKind.GAP_FOUND:
            self._telemetry.add(Metric.GAPS)
        elif event.event is FeedEventKind.GAP_LEFT:
            self._telemetry.add(Metric.MISSING, (event.to_id or 0) - (event.from_id or 0) + 1)


def _weight(symbols: int) -> int:
    """Return the weight of one request for the newest ids."""
    return 1 + CHUNK_WEIGHT * -(-symbols // CHUNK_SYMBOLS)


def _is_gap_found(output: Output) -> bool:
    return isinstance(output, FeedEvent) and output.event is FeedEventKind.GAP_FOUND
