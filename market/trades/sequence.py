"""Completeness of one symbol's trades: every id released in order, exactly once, or counted.

What lives here is pure: no clock, no I/O. Sockets and REST calls belong to the connector, which
feeds the sequence and does what its outputs ask for.

Theory of operation
-------------------
The exchange numbers a symbol's trades consecutively and their times never fall, so `last + 1` is
the only id that may follow. Frames may come from several connections; it does not matter which.
An arriving id is one of:

* **following** (`last + 1`): released at once with `missing_before = 0`. The first trade of a
  symbol without a stored offset is released with None: what came before it is unknown.
* **beyond**: a gap. This trade and all later ones are held, GAP_FOUND is reported and a backfill is
  requested, repeatedly, until the trades come from anywhere (GAP_REPAIRED) or the gap is left
  (GAP_LEFT): it is longer than the allowance, the exchange gives rows that no column can hold,
  too many trades wait, or the caller's patience is over (`give_up`). A gap that is left shows as
  `missing_before = n` of the trade after it, preceded by markers in the seconds that it touches
  (`market.trades.gap_markers`).
  A trade or a row of the history whose time does not fit those of its neighbours is refused like
  one that cannot be stored (`market.trades.row_times`): it would be counted in the wrong window.
* **repeated**: counted, and nothing else.
* **behind** (an id that was released, with a later time than the last trade): perhaps the ids have
  restarted. Such trades are kept until the exchange has said twice that its newest id is below
  ours: then the ids have restarted (SEQUENCE_RESET). Answers alone do not show a restart: they may
  be out of date, and the symbol only stays unproven. Otherwise such trades are refused as
  duplicates, by an answer that is not from before them. Restarted ids may pass ours before the
  exchange is asked: so no later trade is released before its answer, or before the gap that it
  waits behind is left, and what was not proven by then is unknown.

**Proof.** `proven_ms` is the instant before which no trade of this symbol is still to come. Only
two things move it: the release of a trade (times never fall), and an answer of the exchange whose
newest id has been released (`on_newest`). A live connection proves nothing: frames can be lost on
it. A newest id that is not released by the next answer is a gap at the trailing edge and is fetched
like any other. An answer below what an earlier answer or a frame reported proves nothing
(`market.trades.reported_ids`): the exchange has several servers and caches. A trade whose id is
beyond the newest one in two answers, both requested after it came, is refused: one absurd id must
not stop a symbol.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from market.dictionary.feed_events import FeedEvent, FeedEventKind
from market.dictionary.records import GapMarker, Trade, UnknownMarker
from market.errors import MalformedRecordError
from market.trades.backfills import BackfillRequest, BackfillResult
from market.trades.gap import TradeGap
from market.trades.gap_markers import SECOND_MS, gap_markers, marker_times_ms
from market.trades.reported_ids import NEVER_MS, ReportedIds, TradesBehind
from market.trades.row_times import misplaced

MAX_HELD_TRADES = 50_000
"""Trades held behind one gap: about 30 MB, and seconds of the busiest symbol."""

PLAUSIBLE_GAP = 10_000
"""A longer gap is left only after the exchange has confirmed that such ids exist."""

QUIET_MS = 24 * 3_600_000 - 60_000
"""Without a trade for 24 hours the exchange reports no newest id; its day may be a minute short."""

CONFIRMATIONS = 2
"""Answers that contradict our ids before we believe the exchange: one may be out of date."""

ANSWERED_WITHIN_MS = 5_000
"""How long after its instant the ids of an answer are read; a slower one only costs a doubt."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An impossible live trade: a released id with a new time, or an id that nobody else knows."""

    trade: Trade
    reason: str
    detail: str


Output = Trade | GapMarker | UnknownMarker | FeedEvent | BackfillRequest | Refused


class TradeSequence:
    """Puts one symbol's trades in id order and accounts for each id.

    Args:
        market: such as ``binance-spot``.
        symbol: upper case.
        stream: the exchange's name of the symbol's trade stream, for the events.
        max_backfill_trades: longest gap that is worth a backfill, in trades.
        offset: of an earlier run, as `offset()` returned it; None for a new symbol.

    Raises:
        MalformedRecordError: reason ``bad_offset``.
    """

    def __init__(
        self,
        market: str,
        symbol: str,
        stream: str,
        max_backfill_trades: int,
        offset: Mapping[str, object] | None = None,
    ) -> None:
        self.market = market
        self.symbol = symbol
        self.stream = stream
        self.repeats = 0
        self._max_backfill_trades = max_backfill_trades
        self._last_id, self._last_time_ms = _read_offset(symbol, offset)
        self._is_first = self._last_id < 0
        self.proven_ms = self._last_time_ms
        """No trade before this instant is still to come, except those held behind a gap."""
        self._vouched_ms = 0
        self._newest_id = self._last_id
        self._reported = ReportedIds(self._last_id)
        self._expected: tuple[int, int] | None = None
        """The exchange's newest id if not released yet, and the time that its release proves."""
        self._asked = (self._last_id, self._last_id)
        """Last released and highest known id when the exchange was asked."""
        self._contradictions = 0
        self._unknown_since_ms: int | None = None
        """Since when a symbol is unknown because its ids restarted, or may have."""
        self._held: dict[int, Trade] = {}
        self._behind = TradesBehind()
        self._gap: TradeGap | None = None
        self._request: BackfillRequest | None = None
        self._refused_ids: set[int] = set()
        self._give_up = ""

    @property
    def holding(self) -> bool:
        """True while trades wait: behind a gap, or for confirmation that ids restarted."""
        return bool(self._held or self._behind)

    def resume(self, vouched_ms: int) -> None:
        """Note up to where an earlier run has vouched for the partition, epoch milliseconds.

        Its windows are closed up to there, so gaps and doubts are marked from there on: a first
        marker that is dated back to the last trade would be late, and a symbol that is marked once
        a minute would have none in the minute that is still open.
        """
        self._vouched_ms = vouched_ms

    def offset(self) -> dict[str, int] | None:
        """Return where to resume: id and event time of the last released trade."""
        if self._is_first:
            return None
        return {"trade_id": self._last_id, "event_time_ms": self._last_time_ms}

    def is_repeat(self, trade_id: int, event_time_ms: int) -> bool:
        """Return whether a trade was released before, counting it if so."""
        if trade_id > self._last_id:
            return False
        answered_ms = ANSWERED_WITHIN_MS if self._has_begun else 0
        if event_time_ms > self._last_time_ms + answered_ms:
            return False
        self.repeats += 1
        return True

    @property
    def _has_begun(self) -> bool:
        """True from the answer that a symbol began at until its first trade."""
        return self._is_first and self._unknown_since_ms is None

    def on_trade(self, trade: Trade) -> list[Output]:
        """Take a live trade; its own `missing_before` is replaced."""
        trade_id = trade.trade_id
        if self._reported.is_refuted_by(trade) and trade_id > self._last_id >= 0:
            return [*self._forget_reported(trade.receive_time_ms), *self.on_trade(trade)]
        follows = trade_id == self._last_id + 1 and self._gap is None
        follows = follows and not self._is_first and not self._falls(trade)
        if follows and not self._behind.holds_back(trade):
            return [self._release(trade, 0)]
        if self._last_id < 0:
            return [*self._mark_unknown_before(trade), self._release(trade, None)]
        if trade_id <= self._last_id:
            return self._on_released_id(trade)
        if self._falls(trade):
            return [self._refuse_falling_time(trade)]
        if trade_id in self._held:
            self.repeats += 1
            return []
        self._held[trade_id] = trade
        return self._advance(trade.receive_time_ms)

    def on_asked(self) -> None:
        """Note that the exchange is being asked for its newest ids."""
        self._asked = (self._last_id, max(self._held, default=self._last_id))

    def on_newest(self, newest_id: int, as_of_ms: int, receive_time_ms: int) -> list[Output]:
        """Take the exchange's newest id of this symbol, requested at the last `on_asked`.

        Args:
            newest_id: -1 when the symbol has no trade yet.
            as_of_ms: exchange time before which there was no trade with a later id.
            receive_time_ms: our clock, for the events.
        """
        asked_last, asked_top = self._asked
        if self._last_id < 0:
            self._begin_at(newest_id, as_of_ms)
            return []
        if newest_id < asked_top:
            self._contradictions += 1
        else:
            self._contradictions = 0
        outputs = []
        if self._contradictions >= CONFIRMATIONS:
            self._contradictions = 0
            if newest_id >= asked_last:
                outputs += self._refuse_beyond(newest_id, asked_top, receive_time_ms)
            elif self._has_restarted(newest_id):
                return self._restart(newest_id, receive_time_ms)
        is_old = newest_id < asked_top or not self._reported.answer(newest_id, as_of_ms)
        if is_old or self._behind.has_later_than(as_of_ms):
            return outputs + self._ask_again()
        outputs += self._refuse_behind(receive_time_ms)
        self._newest_id = max(self._newest_id, newest_id)
        return outputs + self._settle_newest(newest_id, as_of_ms, receive_time_ms)

    def on_none_lately(self, as_of_ms: int, vouched_ms: int, receive_time_ms: int) -> list[Output]:
        """Take the exchange's answer that a symbol has had no trade for a day.

        The exchange then reports no older ids, so it contradicts none of ours.

        Args:
            as_of_ms: as in `on_newest`.
            vouched_ms: everything before it is proven, or marked as unknown.
            receive_time_ms: our clock, for the events.
        """
        if self._last_id < 0:
            return self.on_newest(-1, as_of_ms, receive_time_ms)
        quiet_ms = as_of_ms - QUIET_MS
        is_covered = self._last_time_ms <= quiet_ms <= max(self.proven_ms, vouched_ms)
        if not is_covered or self.holding or self._reported.top_id > self._last_id:
            return []
        return self._settle_newest(self._last_id, as_of_ms, receive_time_ms)

    def _settle_newest(self, newest_id: int, as_of_ms: int, receive_time_ms: int) -> list[Output]:
        """Prove the symbol, or request what the exchange has and we lack."""
        if newest_id <= self._last_id:
            self.proven_ms = max(self.proven_ms, as_of_ms)
            self._expected = None
            return self._end_doubt(as_of_ms, receive_time_ms)
        earlier, self._expected = self._expected, (newest_id, as_of_ms)
        if self._gap is not None:
            return [*self._ask_again(), *self._advance(receive_time_ms)]
        if earlier is None:
            return []  # its frames may be in flight
        self._gap = self._gap_before(earlier[0] + 1, earlier[1])
        return [self._gap.found(earlier[0], receive_time_ms), *self._ask(self._gap)]

    def on_backfill(
        self, result: BackfillResult, receive_time_ms: int, latest_ms: int = NEVER_MS
    ) -> list[Output]:
        """Take the answer to a request; a stale one changes nothing.

        Args:
            result: what was fetched.
            receive_time_ms: our clock, for the events.
            latest_ms: exchange time that no trade can be after yet.
        """
        if result.request != self._request or self._gap is None:
            return []
        self._request = None
        rows = [one for one in result.trades if self._last_id < one.trade_id <= self._gap.to_id]
        given = {one.trade_id for one in rows} | {one.trade_id for one in result.refused}
        end_id = max(given, default=self._last_id)
        if end_id < self._gap.to_id and end_id + 1 not in self._held:
            # No later trade confirms the time of the last one of an answer that is cut short.
            rows = [one for one in rows if one.trade_id != end_id]
        held_ms = {trade_id: one.event_time_ms for trade_id, one in self._held.items()}
        # Beyond all frames only the clock is against a row, and without frames the clock lags: such
        # a row is not refused, but asked for again.
        top_id = max(held_ms, default=-1)
        rows = [one for one in rows if one.trade_id < top_id or one.event_time_ms <= latest_ms]
        wrong = misplaced(rows, held_ms, self._last_time_ms, latest_ms)
        self._refused_ids.update(one.trade_id for one in result.refused)
        self._refused_ids.update(one.trade_id for one in wrong)
        for trade in rows:
            if trade.trade_id not in self._refused_ids:
                self._held.setdefault(trade.trade_id, trade)
        lacking = set(range(self._last_id + 1, self._gap.to_id + 1)) - self._held.keys()
        if lacking and lacking <= self._refused_ids:
            self._give_up = "the exchange gives rows that cannot be stored"
        outputs: list[Output] = [self._misplaced(one) for one in wrong]
        return outputs + self._advance(receive_time_ms)

    def give_up(self, reason: str, receive_time_ms: int) -> list[Output]:
        """Leave the open gap now; ids that only one frame shows are refused instead."""
        if self._behind and self._last_id + 1 in self._held:
            return self._refuse_behind(receive_time_ms)
        if self._gap is None or not self._held:
            return []  # there is no trade that could carry the count
        if self._is_doubtful(self._gap):
            return self._refuse_beyond(self._last_id, max(self._held), receive_time_ms)
        self._give_up = reason
        return self._advance(receive_time_ms)

    def _forget_reported(self, receive_time_ms: int) -> list[Output]:
        """Stop waiting for an id that was reported and does not exist."""
        self._reported, self._newest_id, self._expected = (
            ReportedIds(self._last_id),
            self._last_id,
            None,
        )
        self._close_gap()
        return self._advance(receive_time_ms)

    def _begin_at(self, newest_id: int, as_of_ms: int) -> None:
        """Start accounting for a new symbol after the exchange's newest id."""
        self._last_id = self._newest_id = newest_id
        self._reported = ReportedIds(newest_id)
        self._last_time_ms = self.proven_ms = max(self.proven_ms, as_of_ms)

    def _on_released_id(self, trade: Trade) -> list[Output]:
        if self.is_repeat(trade.trade_id, trade.event_time_ms):
            return []
        if len(self._behind) >= MAX_HELD_TRADES:
            return [self._duplicate(trade)]
        self._behind.keep(trade)
        return []

    def _has_restarted(self, newest_id: int) -> bool:
        """Return whether received trades confirm an answer that shows restarted ids."""
        has_passed = self._last_id + 1 in self._held
        return not has_passed and self._behind.are_known_to(newest_id)

    def _duplicate(self, trade: Trade) -> Refused:
        detail = f"expected an id after {self._last_id}, found {trade.trade_id}"
        return Refused(trade, "duplicate", detail)

    def _misplaced(self, trade: Trade) -> Refused:
        detail = (
            f"expected a time between those of its neighbours, after {self._last_time_ms} of id "
            f"{self._last_id}, found {trade.event_time_ms} with id {trade.trade_id}"
        )
        return Refused(trade, "bad_time", detail)

    def _falls(self, trade: Trade) -> bool:
        """Return whether a later id has an earlier time: one of the two is wrong."""
        return trade.event_time_ms < self._last_time_ms and not self._has_begun

    def _refuse_falling_time(self, trade: Trade) -> Refused:
        """Refuse a later id with an earlier time: from before a restart of ids, or mistimed."""
        detail = (
            f"expected a time from {self._last_time_ms} on after id {self._last_id}, found "
            f"{trade.event_time_ms} with id {trade.trade_id}"
        )
        return Refused(trade, "time_falls", detail)

    def _refuse_behind(self, receive_time_ms: int) -> list[Output]:
        """Refuse the trades behind, and release what waited for them."""
        if not self._behind:
            return []
        return self._begin_doubt() + self._advance(receive_time_ms)

    def _begin_doubt(self) -> list[Output]:
        """Refuse the trades behind, which may be those of a restart.

        Restarted ids may have passed ours before the exchange was asked. So what was not proven yet
        is unknown until the next trade or the instant of the next proof.
        """
        self._unknown_since_ms = max(self._last_time_ms, self.proven_ms)
        self._is_first = True
        return [self._duplicate(one) for one in self._behind.take()]

    def _end_doubt(self, as_of_ms: int, receive_time_ms: int) -> list[Output]:
        """Mark what was unknown up to the second of a proof; then the symbol is known again."""
        if self._unknown_since_ms is None:
            return []
        self._is_first = False
        return self._mark_unknown_until(as_of_ms, as_of_ms + SECOND_MS, receive_time_ms)

    def _refuse_beyond(self, newest_id: int, top_id: int, receive_time_ms: int) -> list[Output]:
        """Refuse held trades that the exchange published but does not know."""
        detail = f"expected an id up to {newest_id}, the exchange's newest one, found "
        doubted = [one for one in self._held if newest_id < one <= top_id]
        refused = [self._held.pop(one) for one in doubted]
        for one in refused:
            self._reported.frame(one)
        self._close_gap()
        outputs: list[Output] = [
            Refused(one, "absurd_id", f"{detail}{one.trade_id}") for one in refused
        ]
        return outputs + self._advance(receive_time_ms)

    def _restart(self, newest_id: int, receive_time_ms: int) -> list[Output]:
        """Follow ids that restarted; the seconds in between are unknown."""
        # First: leaving the gap of the old ids must neither release nor refuse any of the new ones.
        fresh = self._take_fresh()
        outputs = self.give_up("its ids restarted", receive_time_ms)
        first_ms = min(one.event_time_ms for one in fresh)
        self._unknown_since_ms = since_ms = max(self._last_time_ms, self.proven_ms)
        outputs.append(self._reset_event(newest_id, since_ms, first_ms, receive_time_ms))
        self._last_id, self._is_first, self._held, self._expected = -1, True, {}, None
        self._newest_id, self._reported = newest_id, ReportedIds(newest_id)
        self._close_gap()
        for trade in fresh:
            outputs += self.on_trade(trade)
        return outputs

    def _take_fresh(self) -> list[Trade]:
        """Return the trades behind and those held that may follow them, and forget them all."""
        later = [one for one, trade in self._held.items() if self._behind.holds_back(trade)]
        return [*self._behind.take(), *(self._held.pop(one) for one in sorted(later))]

    def _mark_unknown_before(self, first: Trade) -> list[Output]:
        """Mark a symbol as unknown up to the first trade after a possible restart."""
        time_ms = first.event_time_ms
        return self._mark_unknown_until(time_ms, time_ms, first.receive_time_ms)

    def _mark_unknown_until(self, until_ms: int, end_ms: int, receive_time_ms: int) -> list[Output]:
        """End a doubt about a restart at an instant, with markers up to the second of `end_ms`.

        The event comes also where no second lies in between: the markers are for the stream, but
        windows that are made again from stored trades have only the event.
        """
        since_ms = self._unknown_since_ms
        if since_ms is None:
            return []
        self._unknown_since_ms = None
        markers: list[Output] = [
            UnknownMarker(self.market, self.symbol, instant_ms, receive_time_ms)
            for instant_ms in marker_times_ms(max(since_ms, self._vouched_ms), end_ms)
        ]
        detail = f"{self.stream}: its ids restarted, or may have"
        kind, times_ms = FeedEventKind.IDS_DOUBTED, (min(since_ms, until_ms), until_ms)
        return [*markers, self._event(kind, detail, (None, None), times_ms, receive_time_ms)]

    def _reset_event(
        self, newest_id: int, from_time_ms: int, to_time_ms: int, receive_time_ms: int
    ) -> FeedEvent:
        detail = (
            f"{self.stream}: expected ids after {self._last_id}, found newest id "
            f"{newest_id}: its ids restarted"
        )
        kind, ids = FeedEventKind.SEQUENCE_RESET, (self._last_id, newest_id)
        return self._event(kind, detail, ids, (from_time_ms, to_time_ms), receive_time_ms)

    def _event(
        self,
        kind: FeedEventKind,
        detail: str,
        ids: tuple[int | None, int | None],
        times_ms: tuple[int, int],
        receive_time_ms: int,
    ) -> FeedEvent:
        return FeedEvent(
            market=self.market,
            symbol=self.symbol,
            event=kind,
            detail=detail,
            event_time_ms=times_ms[0],
            receive_time_ms=receive_time_ms,
            stream=self.stream,
            from_id=ids[0],
            to_id=ids[1],
            from_time_ms=times_ms[0],
            to_time_ms=times_ms[1],
        )

    def _release(self, trade: Trade, missing_before: int | None) -> Trade:
        self._last_id = trade.trade_id
        self._last_time_ms = trade.event_time_ms
        self.proven_ms = max(self.proven_ms, trade.event_time_ms)
        if self._expected is not None and self._last_id >= self._expected[0]:
            self.proven_ms = max(self.proven_ms, self._expected[1])
            self._expected = None
        if self._is_first:
            missing_before, self._is_first = None, False
        if trade.missing_before == missing_before:
            return trade
        return replace(trade, missing_before=missing_before)

    def _drain(self) -> Iterator[Output]:
        """Release the held trades that follow without a gap."""
        while (trade := self._held.get(self._last_id + 1)) is not None:
            if self._behind.holds_back(trade):
                return
            del self._held[trade.trade_id]
            if self._falls(trade):
                yield self._refuse_falling_time(trade)
                return
            yield from self._mark_unknown_before(trade)
            yield self._release(trade, 0)

    def _advance(self, receive_time_ms: int) -> list[Output]:
        """Release everything possible, closing and opening gaps on the way."""
        outputs = list(self._drain())
        while True:
            if self._gap is not None and self._last_id >= self._gap.to_id:
                outputs.append(self._gap.repaired(receive_time_ms))
                self._close_gap()
            if self._gap is None:
                if not self._held:
                    return outputs
                after = self._held[min(self._held)]
                if after.trade_id == self._last_id + 1:
                    return outputs + self._wait_for_answer(receive_time_ms)
                self._gap = self._gap_before(after.trade_id, after.event_time_ms)
                outputs.append(self._gap.found(after.trade_id, receive_time_ms))
                outputs += self._ask(self._gap)
            if not self._is_to_be_left(self._gap):
                return outputs
            outputs += self._leave(self._gap, receive_time_ms)

    def _wait_for_answer(self, receive_time_ms: int) -> list[Output]:
        """Let trades wait for the answer about those behind, unless there are too many."""
        if len(self._held) <= MAX_HELD_TRADES:
            return []
        return self._refuse_behind(receive_time_ms)

    def _is_to_be_left(self, gap: TradeGap) -> bool:
        if not self._held:
            return False
        if len(self._held) > MAX_HELD_TRADES:
            self._give_up = f"more than {MAX_HELD_TRADES} trades were waiting behind it"
        elif gap.size > self._max_backfill_trades and not self._is_doubtful(gap):
            self._give_up = f"longer than the allowed backfill of {self._max_backfill_trades}"
        return bool(self._give_up)

    def _is_doubtful(self, gap: TradeGap) -> bool:
        """Return whether one absurd id may have caused a gap."""
        return gap.size > PLAUSIBLE_GAP and gap.to_id >= self._newest_id

    def _gap_before(self, next_id: int, next_time_ms: int) -> TradeGap:
        """Return the gap between the last released trade and another one; its size may be 0."""
        return TradeGap(
            self.market,
            self.symbol,
            self.stream,
            from_id=self._last_id + 1,
            to_id=next_id - 1,
            # Not the proven instant: a lost trade is wherever its neighbours' times allow, and a
            # proof may be wrong. A symbol begins at an instant that its first trades may precede.
            from_time_ms=min(self._last_time_ms, next_time_ms),
            to_time_ms=next_time_ms,
        )

    def _ask(self, gap: TradeGap) -> list[Output]:
        self._request = None
        if gap.size > self._max_backfill_trades:
            return []
        self._request = BackfillRequest(self.symbol, self._last_id + 1, gap.to_id)
        return [self._request]

    def _ask_again(self) -> list[Output]:
        if self._gap is None or self._request is not None:
            return []
        return self._ask(self._gap)

    def _close_gap(self) -> None:
        self._gap, self._request, self._give_up = None, None, ""
        self._refused_ids.clear()

    def _leave(self, gap: TradeGap, receive_time_ms: int) -> list[Output]:
        """Release what is known of the open gap and the trade after it, counting the missing."""
        reason, end_id = self._give_up, max(gap.to_id + 1, min(self._held))
        self._close_gap()
        outputs: list[Output] = []
        for trade_id in sorted(trade_id for trade_id in self._held if trade_id <= end_id):
            outputs += self._release_after(self._held.pop(trade_id), reason, receive_time_ms)
        return outputs + list(self._drain())

    def _release_after(self, after: Trade, reason: str, receive_time_ms: int) -> Iterable[Output]:
        if self._falls(after):
            yield self._refuse_falling_time(after)
            return
        if self._behind.holds_back(after):
            yield from self._begin_doubt()
        gap = self._gap_before(after.trade_id, after.event_time_ms)
        if gap.size:
            yield gap.left(reason, receive_time_ms)
            since_ms = max(self._last_time_ms, self.proven_ms, self._vouched_ms)
            yield from gap_markers(since_ms, after, gap.size)
        yield from self._mark_unknown_before(after)
        yield self._release(after, gap.size)


def _read_offset(symbol: str, offset: Mapping[str, object] | None) -> tuple[int, int]:
    """Return id and event time of the last trade, (-1, 0) without one."""
    if offset is None:
        return -1, 0
    trade_id, event_time_ms = offset.get("trade_id"), offset.get("event_time_ms")
    if not isinstance(trade_id, int) or not isinstance(event_time_ms, int):
        raise MalformedRecordError(
            "bad_offset",
            f"{symbol}: expected trade_id and event_time_ms as integers, found {dict(offset)!r}; "
            "reset the connector's offsets of this symbol",
        )
    return trade_id, event_time_ms
