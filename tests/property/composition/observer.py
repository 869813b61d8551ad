"""The observer: knows the truth and nothing of the pipeline, and judges every version of each row.

The law. A row that claims to be whole equals what the exchange did. A window in which the exchange
made trades has a row as soon as a later window of its symbol has one, beginning with the symbol's
first row. Both hold in each store at any time. When all faults have ended, what is not whole is
marked: by a late record, or by an event that names its time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.property.composition.candles_model import whole
from tests.property.composition.exchange import SPOT, Exchange, Tape
from tests.property.composition.flink_model import MINUTE_MS, SECOND_MS, Late, Row
from tests.property.composition.kafka_model import Value

MARKS = ("gap_left", "symbol_unknown", "sequence_reset", "ids_doubted")
GONE = ("symbol_gone", "symbol_refused")
NOTICED_WITHIN_MS, FOR_EVER_MS = 60_000, 1 << 62
"""A symbol that the exchange does not list any more is marked from shortly before on."""


RECENT_MS = 5_000
"""Of the windows of so long before the end one at least is whole when all is well."""


class FalseTrustError(AssertionError):
    """A row that claims to be whole and is not, or a row that is not there."""


class StaysUnknownError(FalseTrustError):
    """A symbol has not become known again yet."""


@dataclass(slots=True)
class Store:
    """The newest version of each row that one store shows.

    Attributes:
        newest_ms: start of the newest row, by key and interval.
        checked: how many of a symbol's true windows are known to have a row.
    """

    name: str
    rows: dict[tuple[str, int, int], Row] = field(default_factory=dict)
    first_ms: dict[tuple[str, int], int] = field(default_factory=dict)
    newest_ms: dict[tuple[str, int], int] = field(default_factory=dict)
    checked: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Show a row, which may replace another one."""
        self.rows[row.key, row.interval_ms, row.start_ms] = row
        kind = row.key, row.interval_ms
        self.first_ms[kind] = min(self.first_ms.get(kind, row.start_ms), row.start_ms)
        self.newest_ms[kind] = max(self.newest_ms.get(kind, 0), row.start_ms)


class TrueTrades:
    """A symbol's trades by time, for windows."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._times: list[int] = []
        self._windows: dict[int, list[int]] = {SECOND_MS: [], MINUTE_MS: []}

    def windows(self, interval_ms: int) -> list[int]:
        """Return the starts of all windows that have trades, in order."""
        for trade in self.tape.trades[len(self._times) :]:
            self._times.append(trade.time_ms)
            for length_ms, starts in self._windows.items():
                start_ms = trade.time_ms - trade.time_ms % length_ms
                if not starts or starts[-1] != start_ms:
                    starts.append(start_ms)
        return self._windows[interval_ms]

    def found(self, start_ms: int, interval_ms: int) -> tuple[object, ...]:
        """Return what a whole row of a window says."""
        self.windows(interval_ms)
        first = bisect_left(self._times, start_ms)
        last = bisect_right(self._times, start_ms + interval_ms - 1)
        trades = self.tape.trades[first:last]
        ids = [trade.trade_id for trade in trades]
        volume = sum(whole(trade.quantity) for trade in trades)
        return len(trades), min(ids, default=None), max(ids, default=None), volume


class Observer:
    """Judges what the stores show.

    Args:
        exchange: the truth.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._trades = {f"{SPOT}|{s}": TrueTrades(tape) for s, tape in exchange.tapes.items()}
        self._books = {f"{m}|{s}|book": book for (m, s), book in exchange.books.items()}
        self.published = self.claimed = 0

    def judge(self, store: Store, rows: Iterable[Row]) -> None:
        """Show new rows in a store and judge them.

        Raises:
            FalseTrustError: the law does not hold any more.
        """
        changed = set()
        for row in rows:
            self.published += 1
            if row.claims:
                self.claimed += 1
                self._judge_claim(store, row)
            store.add(row)
            changed.add((row.key, row.interval_ms))
        for key, interval_ms in changed:
            if key in self._trades:
                self._judge_missing(store, key, interval_ms)

    def _judge_claim(self, store: Store, row: Row) -> None:
        end_ms = row.start_ms + row.interval_ms
        truth = self.truth(row)
        if end_ms > self._exchange.now_ms or row.found != truth:
            raise FalseTrustError(
                f"{store.name}: {row.key} {row.interval_ms} ms from {row.start_ms} claims to be "
                f"whole: expected {truth}, found {row.found}; the exchange's time is "
                f"{self._exchange.now_ms}"
            )

    def truth(self, row: Row) -> tuple[object, ...]:
        """Return what a whole row of the same window says."""
        if row.key in self._trades:
            return self._trades[row.key].found(row.start_ms, row.interval_ms)
        book = self._books[row.key]
        changes, spread, size, last = book.window(row.start_ms, row.start_ms + row.interval_ms)
        return changes, spread, size, (*last.bid, *last.ask)

    def _judge_missing(self, store: Store, key: str, interval_ms: int) -> None:
        kind = key, interval_ms
        starts, newest_ms = self._trades[key].windows(interval_ms), store.newest_ms[kind]
        index = store.checked.get(kind)
        if index is None:
            index = bisect_left(starts, store.first_ms[kind])
        while index < len(starts) and starts[index] <= newest_ms:
            if (key, interval_ms, starts[index]) not in store.rows:
                raise FalseTrustError(
                    f"{store.name}: {key} has no row of {interval_ms} ms from {starts[index]} "
                    f"although {newest_ms} has one; true: "
                    f"{self._trades[key].found(starts[index], interval_ms)}"
                )
            index += 1
        store.checked[kind] = index

    def judge_dropped(self, store: Store, unnamed: Iterable[Late]) -> None:
        """Judge that late records name everything that a window has dropped.

        Raises:
            FalseTrustError: they do not.
        """
        for key, time_ms in unnamed:
            raise FalseTrustError(
                f"{store.name}: {key} at {time_ms} was dropped and nothing names it"
            )

    def judge_recovery(self, store: Store, until_ms: int) -> None:
        """Judge, when all faults have ended for long, that what is listed is known again.

        Raises:
            StaysUnknownError: a symbol does not become known.
        """
        for key, trades in self._trades.items():
            if (key, SECOND_MS) not in store.first_ms or not trades.tape.is_listed:
                continue
            starts = trades.windows(SECOND_MS)
            recent = [one for one in starts if until_ms - RECENT_MS <= one <= until_ms - SECOND_MS]
            rows = [store.rows.get((key, SECOND_MS, one)) for one in recent]
            if recent and not any(row and row.claims for row in rows):
                raise StaysUnknownError(f"{store.name}: {key} stays unknown: {rows}")
        for key, book in self._books.items():
            # A quiet one may wait as long as the exchange's clock has been told ahead, and there is
            # no snapshot of one that is not listed.
            tape = self._exchange.tapes.get(book.symbol)
            is_awaited = book.rhythm.interval_ms is not None and (not tape or tape.is_listed)
            if (key, SECOND_MS) not in store.first_ms or not is_awaited:
                continue
            recent = range(until_ms - until_ms % SECOND_MS, self._exchange.now_ms, SECOND_MS)
            rows = [store.rows.get((key, SECOND_MS, one)) for one in recent]
            if not any(row and row.claims for row in rows):
                raise StaysUnknownError(f"{store.name}: {key} stays unknown: {rows}")

    def judge_end(
        self, store: Store, until_ms: int, late: set[Late], events: Iterable[Value]
    ) -> None:
        """Judge, when all faults have ended, that each window is whole or marked.

        Raises:
            FalseTrustError: one is neither.
        """
        marked = _marked_ranges(events)
        for key, trades in self._trades.items():
            first_ms = store.first_ms.get((key, SECOND_MS))
            for start_ms in trades.windows(SECOND_MS):
                if first_ms is None or start_ms <= first_ms or start_ms + SECOND_MS > until_ms:
                    continue
                row = store.rows.get((key, SECOND_MS, start_ms))
                is_whole = row is not None and row.found == trades.found(start_ms, SECOND_MS)
                # Only a later trade refutes an id that does not exist: until then what it left
                # unknown says so itself, and repair asks for it.
                is_waiting = (
                    row is not None and not row.claims and trades.tape.rhythm.interval_ms is None
                )
                if not (is_whole or is_waiting or _is_marked(key, start_ms, late, marked)):
                    raise FalseTrustError(
                        f"{store.name}: {key} from {start_ms} is neither whole nor marked: true "
                        f"{trades.found(start_ms, SECOND_MS)}, found {row}"
                    )


def _marked_ranges(events: Iterable[Value]) -> Mapping[str, list[tuple[int, int]]]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for event in events:
        key = f"{event['market']}|{event['symbol']}"
        if event["event"] in MARKS and event.get("from_time_ms") is not None:
            span = event["from_time_ms"], event["to_time_ms"]
            ranges.setdefault(key, []).append(span)  # type: ignore[arg-type]
        elif event["event"] in GONE:
            since_ms = event["event_time_ms"] - NOTICED_WITHIN_MS  # type: ignore[operator]
            ranges.setdefault(key, []).append((since_ms, FOR_EVER_MS))
    return ranges


def _is_marked(
    key: str, start_ms: int, late: set[Late], marked: Mapping[str, list[tuple[int, int]]]
) -> bool:
    end_ms = start_ms + SECOND_MS
    if any(a < end_ms and b >= start_ms for a, b in marked.get(key, ())):
        return True
    return any(one.key == key and start_ms <= one.event_time_ms < end_ms for one in late)
