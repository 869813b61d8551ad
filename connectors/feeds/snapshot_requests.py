"""Which books need a snapshot, and what is done with the answer.

Pure. `connectors.feeds.snapshot_planner` decides when a request may be sent.
"""

from connectors.connect.clock import Now
from connectors.connect.telemetry import Metric
from connectors.feeds.book_set import BookSet
from connectors.feeds.connection_groups import ConnectionGroups
from connectors.feeds.messages import NO_CONNECTION, AskTime, FetchSnapshot, SnapshotAnswer
from connectors.feeds.snapshot_planner import SnapshotPlanner
from market.books.events import Moment
from market.dictionary.feed_events import FeedEventKind

ASK_INTERVAL_S = 1.0
"""Between two requests for the time: one answer dates all snapshots that arrived before it was
requested, and costs little weight."""

RARE_RETRY_S = 300.0
"""After an answer that will not change soon: the symbol is not listed, or we may not ask."""


class SnapshotRequests:
    """Connects the books with the planner.

    Args:
        books: the books.
        groups: their connections; while one is down, its books cannot use a snapshot.
        planner: says when to ask for a snapshot.
    """

    def __init__(self, books: BookSet, groups: ConnectionGroups, planner: SnapshotPlanner) -> None:
        self._books = books
        self._groups = groups
        self._planner = planner
        self._undated: set[str] = set()
        self._asked: set[str] | None = None
        self._refused_until_s: dict[str, float] = {}
        self._ask_due_s = 0.0

    def forget(self, symbol: str) -> None:
        """Drop the request for a symbol: its snapshot would be of no use any more."""
        self._planner.forget(symbol)
        self._forget_date(symbol)

    def _forget_date(self, symbol: str) -> None:
        self._undated.discard(symbol)
        if self._asked is not None:
            self._asked.discard(symbol)

    @property
    def has_waiting_books(self) -> bool:
        """True while a connected book has no snapshot at all: it goes before audits of others."""
        return any(
            book.book is None
            and symbol not in self._refused_until_s
            and self._groups.of_symbol[symbol].current.is_up
            for symbol, book in self._books.by_symbol.items()
        )

    def due(self, now: Now) -> list[FetchSnapshot | AskTime]:
        """Return the requests to send now."""
        planner, group_of = self._planner, self._groups.of_symbol
        for symbol, book in self._books.by_symbol.items():
            if now.monotonic_s < self._refused_until_s.get(symbol, 0.0):
                continue
            if book.needs_snapshot and symbol not in planner and group_of[symbol].current.is_up:
                rank = (0 if book.is_lost else 1, -self._books.diffs_taken[symbol])
                planner.want(symbol, rank, now.monotonic_s)
        symbols = planner.due(now.time_ms, now.monotonic_s)
        fetches = [FetchSnapshot(symbol, group_of[symbol].epoch) for symbol in symbols]
        return [*fetches, *self._time_requests(now)]

    def _time_requests(self, now: Now) -> list[AskTime]:
        if not self._undated or self._asked is not None or now.monotonic_s < self._ask_due_s:
            return []
        self._asked, self._undated = self._undated, set()
        self._ask_due_s = now.monotonic_s + ASK_INTERVAL_S
        return [AskTime(NO_CONNECTION)]

    def on_time(self, time_ms: int | None) -> None:
        """Take the exchange's time, requested to date snapshots; None when it did not answer."""
        asked, self._asked = self._asked or set(), None
        for symbol in asked:
            if time_ms is None:
                self._undated.add(symbol)
            else:
                self._books.by_symbol[symbol].date(time_ms)

    def on_answer(self, answer: SnapshotAnswer, now: Now) -> None:
        """Take the answer to a request, or its refusal."""
        symbol, book = answer.symbol, self._books.by_symbol[answer.symbol]
        group = self._groups.of_symbol[symbol]
        moment = Moment(group.proven_ms, now.time_ms)
        if answer.refused_s is not None:
            detail = f"no request for {answer.refused_s:.0f} s: {answer.failure}"
            self._books.report(FeedEventKind.RATE_LIMITED, detail, moment)
            self._planner.on_refused(answer.refused_s, now.monotonic_s)
        is_current = answer.epoch == group.epoch and group.current.is_up
        if answer.snapshot is not None:
            self._books.telemetry.add(Metric.SNAPSHOTS)
            self._books.telemetry.put(Metric.REST_WEIGHT, answer.used_weight or 0)
        if answer.snapshot is not None and is_current:
            self._books.put(symbol, book.on_snapshot(answer.snapshot, moment))
            self._forget_date(symbol)
            if book.needs_date:
                self._undated.add(symbol)
        if answer.is_final:
            self._on_refusal(answer, moment, now.monotonic_s)
        elif is_current and book.needs_snapshot:
            self._planner.on_unusable(symbol, answer.used_weight, now.monotonic_s)
            return
        else:
            self._refused_until_s.pop(symbol, None)
        self._planner.on_answer(symbol, answer.used_weight)

    def _on_refusal(self, answer: SnapshotAnswer, now: Moment, now_s: float) -> None:
        """Report once that snapshots of a symbol are permanently refused, then ask rarely."""
        symbol = answer.symbol
        detail = f"{symbol}: expected a snapshot of its book, found {answer.failure}"
        if symbol not in self._refused_until_s:
            kind = FeedEventKind.SYMBOL_GONE if answer.is_gone else FeedEventKind.SYMBOL_REFUSED
            self._books.report(kind, detail, now, symbol)
        self._refused_until_s[symbol] = now_s + RARE_RETRY_S
        if answer.is_gone:
            self._books.put(symbol, self._books.by_symbol[symbol].on_silence(detail, now))
