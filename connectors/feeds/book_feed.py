"""The books of one market: turns decoded frames and snapshots into records, in time order.

Reads no clock and does no I/O. It returns what it wants done (connect, fetch, ping) to the task,
with the records.

Order: a frame that proves a new second first settles the previous one for all books, and is applied
only then. So boundaries and heartbeats are in event-time order even when one batch spans many
seconds, as in a replay. A diff that shows a loss is applied before settling, and so are best bid
and ask: what they invalidate need not be reported first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.connect.clock import Now
from connectors.connect.contract import SourceRecord
from connectors.connect.telemetry import Metric
from connectors.feeds.book_set import BookSet
from connectors.feeds.book_watch import AuditRound, SilentDiffs, StreamSilence
from connectors.feeds.connection_group import ConnectionGroup
from connectors.feeds.connection_groups import ConnectionGroups, Handover
from connectors.feeds.events import (
    BookEvent,
    DepthReceived,
    Malformed,
    Refused,
    ServerShutdown,
    TickerReceived,
)
from connectors.feeds.held_frames import HeldFrames
from connectors.feeds.market_time import MarketTime
from connectors.feeds.messages import CLOCK, NO_CONNECTION, AskTime, Command, SnapshotAnswer
from connectors.feeds.snapshot_planner import SnapshotPlanner
from connectors.feeds.snapshot_requests import SnapshotRequests
from market.books.events import Moment
from market.dictionary.event_times import FIRST_EVENT_TIME_MS, LAST_EVENT_TIME_MS
from market.dictionary.feed_events import FeedEventKind
from market.errors import MalformedRecordError


@dataclass(slots=True)
class Batch:
    """The result of one batch of messages."""

    records: list[SourceRecord] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FeedTimes:
    """Intervals and longest waits, in seconds unless named otherwise.

    Attributes:
        hold_max_s: how long a connection that proves nothing holds back the others.
        diff_interval_ms: how often the exchange sends a diff.
    """

    heartbeat_s: float
    silent_s: float
    audit_s: float
    hold_max_s: float = 10.0
    diff_interval_ms: int = 100


class BookFeed:
    """Turns what the connections receive into a market's records.

    Args:
        books: the books.
        groups: the connections.
        planner: says when to ask for a snapshot.
        times: intervals and longest waits.
    """

    def __init__(
        self, books: BookSet, groups: ConnectionGroups, planner: SnapshotPlanner, times: FeedTimes
    ) -> None:
        self._books = books
        self._groups = groups
        self._requests = SnapshotRequests(books, groups, planner)
        self._time = MarketTime(groups, times.heartbeat_s, times.hold_max_s, times.diff_interval_ms)
        self._diffs = SilentDiffs()
        self._audits = AuditRound(tuple(books.by_symbol), times.audit_s)
        self._silence = {
            group.symbols: StreamSilence(group.symbols, times.silent_s) for group in groups.all
        }
        self._begun: set[str] = set()
        self._doubted: set[str] = set()
        self._held = HeldFrames(self._time.clock)
        self._commands: list[Command] = []

    def take_batch(self) -> Batch:
        """Return the records and commands collected since the last call."""
        commands, self._commands = self._commands, []
        return Batch(self._books.take_records(), commands + self._groups.take_commands())

    def on_connected(self, connection: int, url: str, now: Now) -> None:
        """Note that a connection is up and carries its streams."""
        if connection not in self._groups.of_connection:
            return  # closed in the meantime
        group = self._groups.on_up(connection, now.monotonic_s)
        self._silence[group.symbols].on_connected(now.monotonic_s)
        # After an outage or a sleep our estimate of the exchange's clock may be stale.
        self._ask_clock(now)
        self._books.telemetry.add(Metric.CONNECTS)
        self.report(
            FeedEventKind.CONNECTED, f"connection {connection} to {url.partition('?')[0]}", now
        )

    def on_disconnected(self, connection: int, reason: str, now: Now) -> None:
        """Note that a connection is gone; failed attempts to reconnect are not reported."""
        # Held frames came before the end; after it, the connection may no longer be known.
        self._take_held(now)
        group = self._groups.of_connection.get(connection)
        if group is None:
            return
        # Both are read before `on_down` changes them.
        was_up, was_current = group.connection(connection).is_up, group.current.number == connection
        handover = self._groups.on_down(connection)
        if was_up:
            self.report(FeedEventKind.DISCONNECTED, f"connection {connection}: {reason}", now)
        if handover is not None:
            self._on_handover(handover, now)
        elif was_up and was_current:
            self._lose(group, now)

    def _ask_clock(self, now: Now) -> None:
        if self._time.clock.may_ask(now.monotonic_s):
            self._commands.append(AskTime(CLOCK))

    def _lose(self, group: ConnectionGroup, now: Now) -> None:
        # A snapshot that was requested before the loss must not be applied after it.
        group.epoch += 1
        self._time.release(group)
        self._silence[group.symbols].on_disconnected()
        moment = Moment(group.proven_ms, now.time_ms)
        for symbol in group.symbols:
            self._diffs.on_diff(symbol)
            self._requests.forget(symbol)
            self._books.put(symbol, self._books.by_symbol[symbol].on_disconnected(moment))
        # This connection may have been all that held the time back.
        self._settle(now)

    def on_event(self, connection: int, event: BookEvent, receive_time_ms: int, now: Now) -> None:
        """Take one decoded frame."""
        if connection not in self._groups.of_connection:
            return  # from a connection that was replaced
        if self._held.keeps(event, now.monotonic_s):
            self._held.put(connection, event, receive_time_ms)
            # It is heard, so a ping's answer proves nothing of the frames that are held.
            group = self._groups.of_connection[connection]
            group.connection(connection).time.on_frame(0, now.monotonic_s)
            self._ask_clock(now)
        else:
            self._take(connection, event, receive_time_ms, now)

    def _take_held(self, now: Now) -> None:
        for connection, event, receive_time_ms in self._held.take():
            self._take(connection, event, receive_time_ms, now)

    def _take(self, connection: int, event: BookEvent, receive_time_ms: int, now: Now) -> None:
        group = self._groups.of_connection.get(connection)
        if group is None:
            return
        if not isinstance(event, (TickerReceived, DepthReceived)):
            self._on_other(connection, event, now)
            return
        try:
            self._time.check(event, now.monotonic_s)
        except MalformedRecordError as error:
            self._books.refuse(event, error)
            self._note_hold(event.symbol)
            # The frame may be right and our estimate of the clock wrong.
            self._ask_clock(now)
            return
        if event.publish_time_ms:
            group.connection(connection).time.on_frame(event.publish_time_ms, now.monotonic_s)
        if isinstance(event, TickerReceived):
            if connection == group.current.number:
                self._on_ticker(group, event, receive_time_ms, now)
        elif connection == group.current.number:
            self._on_depth(group, event, receive_time_ms, now)
        elif group.overlap is not None:
            # A book follows one connection at a time; these diffs wait for the handover.
            group.overlap.on_new(event, receive_time_ms)

    def _on_ticker(
        self, group: ConnectionGroup, event: TickerReceived, receive_time_ms: int, now: Now
    ) -> None:
        is_ahead = self._books.take_ticker(event, Moment(group.proven_ms, receive_time_ms))
        self._note_hold(event.symbol)
        if event.publish_time_ms:  # spot sends none with best bid and ask
            self._prove(group, now)
        if is_ahead:
            self._on_ahead(group, event.symbol, now)

    def _note_hold(self, symbol: str) -> None:
        """Note whether a book may be settled past its last diff."""
        book = self._books.by_symbol.get(symbol)
        if book is not None:
            self._time.holds.put(symbol, book.held_ms)

    def _on_ahead(self, group: ConnectionGroup, symbol: str, now: Now) -> None:
        if not self._diffs.on_ahead(symbol, group.proven_ms, now.monotonic_s):
            return
        detail = (
            f"{self._books.streams[symbol]}: best bid and ask keep changing while no diff comes"
        )
        self.report(FeedEventKind.STREAM_SILENT, detail, now, symbol)
        moment = Moment(group.proven_ms, now.time_ms)
        self._books.put(symbol, self._books.by_symbol[symbol].on_silence(detail, moment))
        self._note_hold(symbol)
        self._groups.on_silence(group, now.monotonic_s)

    def _on_depth(
        self, group: ConnectionGroup, event: DepthReceived, receive_time_ms: int, now: Now
    ) -> None:
        if group.overlap is not None:
            group.overlap.on_old(event)
        diff = self._books.read_diff(event)
        if diff is None:
            # Refused for its content, but it came in order: its time is proven.
            self._note_hold(event.symbol)
            self._prove(group, now)
            return
        # A diff settles the seconds that it proves, then changes the book. One that shows a loss
        # changes it first: the book was wrong in those seconds and must not be reported.
        shows_loss = self._books.by_symbol[event.symbol].shows_loss(diff)
        if not shows_loss:
            self._time.holds.put(event.symbol, None)  # this is the diff that was due
            self._prove(group, now)
        self._books.take_diff(event, diff, receive_time_ms)
        self._silence[group.symbols].on_frame(event.symbol)
        self._diffs.on_diff(event.symbol)
        self._note_hold(event.symbol)
        if shows_loss:
            self._prove(group, now)

    def _on_other(self, connection: int, event: BookEvent, now: Now) -> None:
        if isinstance(event, Malformed):
            self._books.add(self._books.refusals.malformed_frame(event))
            if "@depth" in event.stream:
                # A diff that cannot be read is a diff that the book lacks.
                self._books.miss_diff(event.symbol)
                self._note_hold(event.symbol)
        elif isinstance(event, ServerShutdown):
            detail = f"connection {connection}: the server is about to shut down"
            self.report(FeedEventKind.SERVER_SHUTDOWN, detail, now)
            self._groups.on_leaving(connection, now.monotonic_s)
        elif isinstance(event, Refused):
            self._books.add(self._books.refusals.refused_request(event))

    def on_time(self, connection: int, time_ms: int | None, now: Now) -> None:
        """Take the exchange's time as REST reported it; None when it did not."""
        if time_ms is not None and not FIRST_EVENT_TIME_MS <= time_ms < LAST_EVENT_TIME_MS:
            time_ms = None  # in another unit it would confirm any frame, however far ahead
        # First, as a frame and an answer may agree on a time that neither proves alone.
        ends_doubt = connection == CLOCK and self._ends_doubt(time_ms, now)
        if time_ms is not None and not self._time.clock.believe(time_ms, now.monotonic_s):
            time_ms = None  # the requester will ask again
        if time_ms is not None and self._time.on_time(time_ms):
            self._settle(now)
        if ends_doubt or (connection == CLOCK and time_ms is not None):
            self._take_held(now)
        if connection == NO_CONNECTION:
            # An answer from a cache must not date a snapshot before what is already known.
            self._requests.on_time(time_ms and self._time.clock.latest_ms(now.monotonic_s))
        if (group := self._groups.of_connection.get(connection)) is not None:
            group.connection(connection).time.on_time(time_ms, now.monotonic_s)

    def _ends_doubt(self, time_ms: int | None, now: Now) -> bool:
        """Return whether the held frames need not wait for another answer."""
        clock = self._time.clock
        return time_ms is None or clock.corroborate(
            self._held.doubtful_ms, time_ms, now.monotonic_s
        )

    def on_alive(self, connection: int, now: Now) -> None:
        """Note the answer to our ping."""
        if (group := self._groups.of_connection.get(connection)) is not None:
            group.connection(connection).time.on_alive(now.monotonic_s)
            self._prove(group, now)

    def on_snapshot(self, answer: SnapshotAnswer, now: Now) -> None:
        """Take the answer to a request for a snapshot."""
        self._requests.on_answer(answer, now)
        self._note_hold(answer.symbol)

    def tick(self, now: Now) -> None:
        """Do what is due; call it after the messages of a batch."""
        if self._held.is_overdue(now.monotonic_s):
            self._take_held(now)
        if self._held.doubtful_ms:
            self._ask_clock(now)
        for handover in self._groups.tick(now.monotonic_s, self._last_ids):
            self._on_handover(handover, now)
        self._watch(now)
        self._audit(now)
        self._commands += self._requests.due(now)
        self._wait(now)
        if self._time.settled.heartbeat_is_due(now.monotonic_s):
            self._beat(now)

    def _wait(self, now: Now) -> None:
        """End the waits that have lasted too long."""
        for group in self._time.overdue_groups(now.monotonic_s):
            self._time.release(group)
            for symbol in group.symbols:
                self._books.doubt(symbol, "its connection proves nothing", _moment(group, now))
        self._commands += self._time.time_requests(now.monotonic_s)
        self._settle(now)
        # Best prices may stop as well, so silence must be noticed without a frame.
        for symbol in [*self._doubted]:
            if self._books.by_symbol[symbol].is_ahead:
                self._on_ahead(self._groups.of_symbol[symbol], symbol, now)
            else:
                self._doubted.discard(symbol)

    def _audit(self, now: Now) -> None:
        audited = self._audits.due(now.monotonic_s, others_wait=self._requests.has_waiting_books)
        if audited is not None:
            self._books.by_symbol[audited].request_audit()

    def _watch(self, now: Now) -> None:
        for silence in self._silence.values():
            for symbol in silence.overdue(now.monotonic_s):
                stream = self._books.streams[symbol]
                detail = f"{stream}: subscribed, but no frame has come; is the symbol trading?"
                self.report(FeedEventKind.STREAM_SILENT, detail, now, symbol)

    def _last_ids(self, group: ConnectionGroup) -> Mapping[str, int]:
        books = {symbol: self._books.by_symbol[symbol].book for symbol in group.symbols}
        return {symbol: book.last_update_id for symbol, book in books.items() if book is not None}

    def _on_handover(self, handover: Handover, now: Now) -> None:
        group, overlap = handover.group, handover.overlap
        compared = overlap.compare()
        # A book skips the diffs that it has had from the old connection.
        for kept in overlap.kept:
            diff = self._books.read_diff(kept.event)
            if diff is not None:
                self._books.take_diff(kept.event, diff, kept.receive_time_ms)
                self._diffs.on_diff(kept.event.symbol)
            self._note_hold(kept.event.symbol)
        self._prove(group, now)
        detail = (
            f"connection {handover.old} replaced by {group.current.number}; of the diffs that both "
            f"sent, {compared.equal} were equal and {compared.different} different"
        )
        self.report(FeedEventKind.ROTATED, detail, now)

    def _prove(self, group: ConnectionGroup, now: Now) -> None:
        """Adopt the time that a connection has proven, and settle what follows from it."""
        if not self._time.prove(group):
            return
        self._begin(group, group.proven_ms, now)
        self._settle(now)

    def _begin(self, group: ConnectionGroup, proven_ms: int, now: Now) -> None:
        if group.symbols[0] not in self._begun:
            self._begun.update(group.symbols)
            self._books.begin(group.symbols, Moment(proven_ms, now.time_ms))

    def _settle(self, now: Now) -> None:
        """Settle the seconds that nothing holds back any more."""
        for symbol in self._time.overdue_books():
            group = self._groups.of_symbol[symbol]
            self._books.doubt(symbol, "a diff is due and has not come", _moment(group, now))
            self._doubted.add(symbol)
        seconds = self._time.advance()
        if not seconds:
            return
        # Groups that hold nothing are settled with the others, so that no window waits for them.
        behind = [group for group in self._groups.all if not group.holds]
        for group in behind:
            self._begin(group, seconds[0], now)
        unproven = {symbol: group.proven_ms for group in behind for symbol in group.symbols}
        for second_ms in seconds:
            self._books.settle(second_ms, now.time_ms, unproven)
        self._beat(now)

    def _beat(self, now: Now) -> None:
        self._time.settled.on_heartbeat(now.monotonic_s)
        self._books.beat(self._time.settled.settled_ms, now.time_ms)

    def report(self, kind: FeedEventKind, detail: str, now: Now, symbol: str = "") -> None:
        """Report a feed event of a connection, or of one symbol's stream."""
        proven_ms = max((group.proven_ms for group in self._groups.all), default=0)
        self._books.report(kind, detail, Moment(proven_ms, now.time_ms), symbol)


def _moment(group: ConnectionGroup, now: Now) -> Moment:
    return Moment(group.proven_ms, now.time_ms)
