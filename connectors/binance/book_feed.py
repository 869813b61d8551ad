"""The books of one market: from decoded frames and snapshots to records, in the order of time.

Reads no clock and does no I/O. What it wants done (connect, fetch, ping) it hands to the task with
the records.

Order: a frame that proves a new second first settles the last one, for all books, and only then is
taken itself. So boundaries and heartbeats stand in the order of event time even when one batch
spans many seconds, as in a replay. A diff that shows a loss is taken before, and so are best bid
and ask: what they take back need not be told first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.binance.book_shelf import BookShelf
from connectors.binance.book_watch import AuditRound, SilentDiffs
from connectors.binance.book_wishes import CLOCK, NO_LINK, AskTime, Wish
from connectors.binance.frames_aside import FramesAside
from connectors.binance.lane import Lane
from connectors.binance.lanes import Handover, Lanes
from connectors.binance.market_time import MarketTime
from connectors.binance.messages import SnapshotAnswer
from connectors.binance.snapshot_desk import SnapshotDesk
from connectors.binance.snapshot_planner import SnapshotPlanner
from connectors.binance.stream_silence import StreamSilence
from connectors.feeds.events import (
    BookEvent,
    DepthReceived,
    Malformed,
    Refused,
    ServerShutdown,
    TickerReceived,
)
from connectors.runtime.clock import Now
from connectors.runtime.contract import SourceRecord
from connectors.runtime.telemetry import Metric
from market.books.events import Moment
from market.dictionary.feed_events import FeedEventKind
from market.errors import MalformedRecordError


@dataclass(slots=True)
class Batch:
    """What came of one batch of messages."""

    records: list[SourceRecord] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FeedTimes:
    """How often what is done, in seconds, and how long is waited for what.

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
    """Turns what the connections say into a market's records.

    Args:
        shelf: the books.
        lanes: the connections.
        planner: says when a snapshot is asked for.
        times: how often what is done.
    """

    def __init__(
        self, shelf: BookShelf, lanes: Lanes, planner: SnapshotPlanner, times: FeedTimes
    ) -> None:
        self._shelf = shelf
        self._lanes = lanes
        self._desk = SnapshotDesk(shelf, lanes, planner)
        self._time = MarketTime(lanes, times.heartbeat_s, times.hold_max_s, times.diff_interval_ms)
        self._diffs = SilentDiffs()
        self._audits = AuditRound(tuple(shelf.books), times.audit_s)
        self._silence = {
            lane.symbols: StreamSilence(lane.symbols, times.silent_s) for lane in lanes.all
        }
        self._begun: set[str] = set()
        self._doubted: set[str] = set()
        self._aside = FramesAside(self._time.clock)
        self._wishes: list[Wish] = []

    def take_batch(self) -> Batch:
        """Return what has gathered since the last call."""
        wishes, self._wishes = self._wishes, []
        return Batch(self._shelf.take_records(), wishes + self._lanes.take_wishes())

    def on_connected(self, link: int, url: str, now: Now) -> None:
        """Note that a connection is up and carries its streams."""
        if link not in self._lanes.of_link:
            return  # closed meanwhile
        lane = self._lanes.on_up(link, now.monotonic_s)
        self._silence[lane.symbols].on_connected(now.monotonic_s)
        self._ask_clock(now)
        self._shelf.telemetry.add(Metric.CONNECTS)
        self.tell(FeedEventKind.CONNECTED, f"connection {link} to {url.partition('?')[0]}", now)

    def on_disconnected(self, link: int, reason: str, now: Now) -> None:
        """Note that a connection is gone; failed attempts after it are not told again."""
        self._take_aside(now)
        lane = self._lanes.of_link.get(link)
        if lane is None:
            return
        was_up, was_current = lane.link(link).is_up, lane.current.number == link
        handover = self._lanes.on_down(link)
        if was_up:
            self.tell(FeedEventKind.DISCONNECTED, f"connection {link}: {reason}", now)
        if handover is not None:
            self._on_handover(handover, now)
        elif was_up and was_current:
            self._lose(lane, now)

    def _ask_clock(self, now: Now) -> None:
        if self._time.clock.may_ask(now.monotonic_s):
            self._wishes.append(AskTime(CLOCK))

    def _lose(self, lane: Lane, now: Now) -> None:
        lane.epoch += 1
        self._time.release(lane)
        self._silence[lane.symbols].on_disconnected()
        moment = Moment(lane.proven_ms, now.time_ms)
        for symbol in lane.symbols:
            self._diffs.on_diff(symbol)
            self._desk.forget(symbol)
            self._shelf.put(symbol, self._shelf.books[symbol].on_disconnected(moment))
        self._settle(now)

    def on_event(self, link: int, event: BookEvent, receive_time_ms: int, now: Now) -> None:
        """Take one decoded frame."""
        if link not in self._lanes.of_link:
            return  # of a connection that was replaced
        if self._aside.keeps(event, now.monotonic_s):
            self._aside.put(link, event, receive_time_ms)
            self._ask_clock(now)
        else:
            self._take(link, event, receive_time_ms, now)

    def _take_aside(self, now: Now) -> None:
        for link, event, receive_time_ms in self._aside.take():
            self._take(link, event, receive_time_ms, now)

    def _take(self, link: int, event: BookEvent, receive_time_ms: int, now: Now) -> None:
        lane = self._lanes.of_link.get(link)
        if lane is None:
            return
        if not isinstance(event, (TickerReceived, DepthReceived)):
            self._on_other(link, event, now)
            return
        try:
            self._time.check(event, now.monotonic_s)
        except MalformedRecordError as error:
            self._shelf.refuse(event, error)
            self._note_hold(event.symbol)
            self._ask_clock(now)
            return
        if event.publish_time_ms:
            lane.link(link).time.on_frame(event.publish_time_ms, now.monotonic_s)
        if isinstance(event, TickerReceived):
            if link == lane.current.number:
                self._on_ticker(lane, event, receive_time_ms, now)
        elif link == lane.current.number:
            self._on_depth(lane, event, receive_time_ms, now)
        elif lane.overlap is not None:
            lane.overlap.on_new(event, receive_time_ms)

    def _on_ticker(self, lane: Lane, event: TickerReceived, receive_time_ms: int, now: Now) -> None:
        is_ahead = self._shelf.take_ticker(event, Moment(lane.proven_ms, receive_time_ms))
        self._note_hold(event.symbol)
        if event.publish_time_ms:
            self._prove(lane, now)
        if is_ahead:
            self._on_ahead(lane, event.symbol, now)

    def _note_hold(self, symbol: str) -> None:
        """Note whether a book may be settled past its last diff."""
        book = self._shelf.books.get(symbol)
        if book is not None:
            self._time.holds.put(symbol, book.held_ms)

    def _on_ahead(self, lane: Lane, symbol: str, now: Now) -> None:
        if not self._diffs.on_ahead(symbol, lane.proven_ms, now.monotonic_s):
            return
        detail = f"{self._shelf.streams[symbol]}: best bid and ask move on and no diff comes"
        self.tell(FeedEventKind.STREAM_SILENT, detail, now, symbol)
        moment = Moment(lane.proven_ms, now.time_ms)
        self._shelf.put(symbol, self._shelf.books[symbol].on_silence(detail, moment))
        self._note_hold(symbol)
        self._lanes.on_silence(lane, now.monotonic_s)

    def _on_depth(self, lane: Lane, event: DepthReceived, receive_time_ms: int, now: Now) -> None:
        if lane.overlap is not None:
            lane.overlap.on_old(event)
        diff = self._shelf.read_diff(event)
        if diff is None:
            self._note_hold(event.symbol)
            self._prove(lane, now)
            return
        shows_loss = self._shelf.loses(event)
        if not shows_loss:
            self._time.holds.put(event.symbol, None)  # it is what was waited for
            self._prove(lane, now)
        self._shelf.take_diff(event, diff, receive_time_ms)
        self._silence[lane.symbols].on_spoken(event.symbol)
        self._diffs.on_diff(event.symbol)
        self._note_hold(event.symbol)
        if shows_loss:
            self._prove(lane, now)

    def _on_other(self, link: int, event: BookEvent, now: Now) -> None:
        if isinstance(event, Malformed):
            self._shelf.add(self._shelf.refusals.malformed_frame(event))
            if "@depth" in event.stream:
                self._shelf.miss_diff(event.symbol)
                self._note_hold(event.symbol)
        elif isinstance(event, ServerShutdown):
            detail = f"connection {link}: the server is about to go away"
            self.tell(FeedEventKind.SERVER_SHUTDOWN, detail, now)
            self._lanes.on_leaving(link, now.monotonic_s)
        elif isinstance(event, Refused):
            self._shelf.add(self._shelf.refusals.refused_request(event))

    def on_time(self, link: int, time_ms: int | None, now: Now) -> None:
        """Take the exchange's clock as REST told it; None when it did not."""
        ends_doubt = link == CLOCK and self._ends_doubt(time_ms, now)
        if time_ms is not None and not self._time.clock.believe(time_ms, now.monotonic_s):
            time_ms = None  # whoever asked asks again
        if time_ms is not None and self._time.on_time(time_ms):
            self._settle(now)
        if ends_doubt or (link == CLOCK and time_ms is not None):
            self._take_aside(now)
        if link == NO_LINK:
            self._desk.on_time(time_ms)
        if (lane := self._lanes.of_link.get(link)) is not None:
            lane.link(link).time.on_time(time_ms, now.monotonic_s)

    def _ends_doubt(self, time_ms: int | None, now: Now) -> bool:
        """Tell whether the frames that wait need not wait for a further answer."""
        clock = self._time.clock
        return time_ms is None or clock.support(self._aside.doubtful_ms, time_ms, now.monotonic_s)

    def on_alive(self, link: int, now: Now) -> None:
        """Note the answer to our ping."""
        if (lane := self._lanes.of_link.get(link)) is not None:
            lane.link(link).time.on_alive(now.monotonic_s)
            self._prove(lane, now)

    def on_snapshot(self, answer: SnapshotAnswer, now: Now) -> None:
        """Take the answer to a request for a snapshot."""
        self._desk.on_answer(answer, now)
        self._note_hold(answer.symbol)

    def tick(self, now: Now) -> None:
        """Do what is due; call it after the messages of a batch."""
        if self._aside.is_overdue(now.monotonic_s):
            self._take_aside(now)
        if self._aside.doubtful_ms:
            self._ask_clock(now)
        for handover in self._lanes.tick(now.monotonic_s, self._last_ids):
            self._on_handover(handover, now)
        self._watch(now)
        self._audit(now)
        self._wishes += self._desk.due(now)
        self._wait(now)
        if self._time.settled.heartbeat_is_due(now.monotonic_s):
            self._beat(now)

    def _wait(self, now: Now) -> None:
        """End the waits that lasted too long."""
        for lane in self._time.overdue_lanes(now.monotonic_s):
            self._time.release(lane)
            for symbol in lane.symbols:
                self._shelf.doubt(symbol, "its connection proves nothing", _moment(lane, now))
        self._wishes += self._time.questions(now.monotonic_s)
        self._settle(now)
        for symbol in [*self._doubted]:
            if self._shelf.books[symbol].is_ahead:
                self._on_ahead(self._lanes.of_symbol[symbol], symbol, now)
            else:
                self._doubted.discard(symbol)

    def _audit(self, now: Now) -> None:
        audited = self._audits.due(now.monotonic_s, others_wait=self._desk.is_waited_for)
        if audited is not None:
            self._shelf.books[audited].request_audit()

    def _watch(self, now: Now) -> None:
        for silence in self._silence.values():
            for symbol in silence.overdue(now.monotonic_s):
                stream = self._shelf.streams[symbol]
                detail = f"{stream}: subscribed and never spoke; is the symbol trading?"
                self.tell(FeedEventKind.STREAM_SILENT, detail, now, symbol)

    def _last_ids(self, lane: Lane) -> Mapping[str, int]:
        books = {symbol: self._shelf.books[symbol].book for symbol in lane.symbols}
        return {symbol: book.last_update_id for symbol, book in books.items() if book is not None}

    def _on_handover(self, handover: Handover, now: Now) -> None:
        lane, overlap = handover.lane, handover.overlap
        compared = overlap.compare()
        for kept in overlap.kept:
            diff = self._shelf.read_diff(kept.event)
            if diff is not None:
                self._shelf.take_diff(kept.event, diff, kept.receive_time_ms)
                self._diffs.on_diff(kept.event.symbol)
            self._note_hold(kept.event.symbol)
        self._prove(lane, now)
        detail = (
            f"connection {handover.old} by {lane.current.number}; of the diffs that both brought "
            f"{compared.equal} were equal and {compared.different} different"
        )
        self.tell(FeedEventKind.ROTATED, detail, now)

    def _prove(self, lane: Lane, now: Now) -> None:
        """Take over what a connection has proven, and settle what follows from it."""
        if not self._time.prove(lane):
            return
        self._begin(lane, lane.proven_ms, now)
        self._settle(now)

    def _begin(self, lane: Lane, proven_ms: int, now: Now) -> None:
        if lane.symbols[0] not in self._begun:
            self._begun.update(lane.symbols)
            self._shelf.begin(lane.symbols, Moment(proven_ms, now.time_ms))

    def _settle(self, now: Now) -> None:
        """Settle the seconds that nobody holds back any more."""
        for symbol in self._time.overdue_books():
            lane = self._lanes.of_symbol[symbol]
            self._shelf.doubt(symbol, "a diff is due and does not come", _moment(lane, now))
            self._doubted.add(symbol)
        seconds = self._time.advance()
        if not seconds:
            return
        behind = [lane for lane in self._lanes.all if not lane.holds]
        for lane in behind:
            self._begin(lane, seconds[0], now)
        unproven = {symbol: lane.proven_ms for lane in behind for symbol in lane.symbols}
        for second_ms in seconds:
            self._shelf.settle(second_ms, now.time_ms, unproven)
        self._beat(now)

    def _beat(self, now: Now) -> None:
        self._time.settled.on_heartbeat(now.monotonic_s)
        self._shelf.beat(self._time.settled.settled_ms, now.time_ms)

    def tell(self, kind: FeedEventKind, detail: str, now: Now, symbol: str = "") -> None:
        """Write a feed event of a connection, or of one symbol's stream."""
        proven_ms = max((lane.proven_ms for lane in self._lanes.all), default=0)
        self._shelf.tell(kind, detail, Moment(proven_ms, now.time_ms), symbol)


def _moment(lane: Lane, now: Now) -> Moment:
    return Moment(lane.proven_ms, now.time_ms)
