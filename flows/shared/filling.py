"""Fill ids that bronze lacks: read what is there, fetch the rest from the exchange, append it.

Safe to run again at any moment: what was appended is not fetched again.

Trades are fetched by `historicalTrades` only: it gives single trades by id. `aggTrades` merges
neighbouring trades of one order, so it cannot give single ids; it finds the id of an instant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.binance.rest import SpotRest
from flows.shared.bronze_trades import BronzeTrades
from flows.shared.config import FlowConfig
from flows.shared.exchange import MARKET, spot_rest
from market.dictionary.records import Trade
from market.trades.row_times import misplaced
from stores.iceberg import Lake

CHUNK_TRADES = 50_000
"""Trades of one commit: some 15 MB in memory, and a file of reasonable size."""

EARLY_MS = 1_000
"""How much before its symbol's beginning a trade may have been made: clocks differ a little."""

Report = Callable[[int], None]
Placed = tuple[range, Trade]
"""A trade, and the span of absent ids that it belongs to."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of the exchange holds of the ids that were asked for.

    Attributes:
        trades: in id order.
        refused: why a trade cannot be stored, by id; asking again brings it again.
        next_id: the id after the last one given, which may be beyond those asked for.
    """

    trades: Sequence[Trade]
    refused: Mapping[int, str]
    next_id: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a span of ids.

    Attributes:
        wanted: ids of the span.
        appended: by this call.
        absent: ids that neither bronze nor the exchange has; also those of `misplaced`.
        from_time_ms: earliest event time of the trades fetched, `to_time_ms` the latest one; 0
            when none was fetched.
        refused: why a trade that the exchange gave cannot be stored, by id.
        misplaced: what is wrong with the time of a trade that the exchange gave, by id. It would be
            counted in another window, so it is not appended; a later answer may be right.
    """

    wanted: int
    appended: int
    absent: int
    from_time_ms: int
    to_time_ms: int
    refused: Mapping[int, str] = field(default_factory=dict)
    misplaced: Mapping[int, str] = field(default_factory=dict)


class Filler:
    """Fills ids of `MARKET`.

    Args:
        rest: asks the exchange, and waits when its weight limit is reached.
        bronze: what the lake has.
    """

    def __init__(self, rest: SpotRest, bronze: BronzeTrades) -> None:
        self.rest = rest
        self.bronze = bronze

    def fill(
        self,
        symbol: str,
        ids: range,
        times_ms: range,
        report: Report = lambda _: None,
        *,
        first_known: bool = True,
    ) -> Filled:
        """Append those of some ids that are absent.

        Args:
            symbol: upper case.
            ids: that should be there.
            times_ms: event times that their trades can have.
            report: called after each append with how many ids have been dealt with.
            first_known: whether the trade before the first id is known to be in bronze.

        Raises:
            RestError: the exchange gives no usable answer; the commits before it stay.
            AppendError: other writers were always first; the same holds.
        """
        around = range(max(ids.start - 1, 0), ids.stop + 1)
        known = self.bronze.times(MARKET, symbol, around, times_ms)
        there = {one for one in known if one in ids}
        appended = fetched = 0
        times: list[int] = []
        refused: dict[int, str] = {}
        wrong: dict[int, str] = {}
        report(len(there))
        batches = self._batches(symbol, absent_ranges(ids, there), refused)
        fitting = _fitting(batches, known, times_ms, wrong)
        for chunk in _counted(fitting, None if first_known else ids.start):
            appended += self.bronze.append(chunk)
            fetched += len(chunk)
            times += (bound(trade.event_time_ms for trade in chunk) for bound in (min, max))
            report(len(there) + fetched)
        return Filled(
            wanted=len(ids),
            appended=appended,
            absent=len(ids) - len(there) - fetched - len(refused),
            from_time_ms=min(times, default=0),
            to_time_ms=max(times, default=0),
            refused=refused,
            misplaced=wrong,
        )

    def _batches(
        self, symbol: str, absent: Iterable[range], refused: dict[int, str]
    ) -> Iterator[tuple[list[Placed], int]]:
        """Yield trades in id order, and how many of them to append in one commit.

        The others only bound those: they are the newest page, which the next batch begins with. A
        trade that no later one follows might have any time, so it is left out where the exchange
        gives nothing after it. Adds to `refused` the trades that cannot be stored.
        """
        waiting: list[Placed] = []
        for span in absent:
            next_id = span.stop
            for page in history_pages(self.rest, symbol, span):
                next_id = page.next_id
                refused |= page.refused
                settled = len(waiting)
                waiting += ((span, trade) for trade in page.trades)
                if page.trades and settled >= CHUNK_TRADES:
                    yield waiting, settled
                    waiting = waiting[settled:]
            if next_id < span.stop and waiting and waiting[-1][0] == span:
                waiting.pop()
        yield waiting, len(waiting)


def history_pages(rest: SpotRest, symbol: str, ids: range) -> Iterator[Page]:
    """Yield the trades of ids that the exchange has, in order; it may lack any of them.

    Raises:
        RestError: there is no usable answer.
    """
    next_id = ids.start
    while next_id < ids.stop:
        limit = min(rest.page_trades, ids.stop - next_id)
        page = rest.history_page(symbol, next_id, limit)
        if not page:
            return
        next_id = max(page.next_id, next_id + 1)
        yield Page(
            [trade for trade in page.trades if trade.trade_id in ids],
            {
                one.trade_id: f"{one.reason}: {one.detail}"
                for one in page.refused
                if one.trade_id in ids
            },
            next_id,
        )


def _fitting(
    batches: Iterable[tuple[Sequence[Placed], int]],
    known: Mapping[int, int],
    times_ms: range,
    wrong: dict[int, str],
) -> Iterator[list[Placed]]:
    """Yield those trades of each batch that fit all others.

    Args:
        batches: trades, and how many of them are asked about.
        known: times of the trades in bronze around them, by id.
        times_ms: event times that the trades can have.
        wrong: gets what is wrong with the time of a trade, by id.
    """
    earliest_ms, latest_ms = times_ms.start - EARLY_MS, times_ms.stop - 1
    for batch, count in batches:
        edges = {one for span, _ in batch for one in (span.start - 1, span.stop)}
        around = {one: known[one] for one in edges if one in known}
        rows = [trade for _, trade in batch]
        odd = {one.trade_id for one in misplaced(rows, around, earliest_ms, latest_ms)}
        wrong |= {
            one.trade_id: f"expected a time from {earliest_ms} to {latest_ms} that fits its "
            f"neighbours', found {one.event_time_ms}"
            for one in rows[:count]
            if one.trade_id in odd
        }
        fitting = [(span, one) for span, one in batch[:count] if one.trade_id not in odd]
        earliest_ms = fitting[-1][1].event_time_ms if fitting else earliest_ms
        yield fitting


def _counted(
    chunks: Iterable[Iterable[Placed]], unknown_before: int | None
) -> Iterator[list[Trade]]:
    """Yield trades with the number of ids that are missing before each; None for unknown.

    Args:
        chunks: trades with their absent spans.
        unknown_before: id of which nobody knows what was before it; None for none.
    """
    begun, last_id = range(0), -1
    for chunk in chunks:
        counted = []
        for span, trade in chunk:
            if span != begun:
                begun, last_id = span, span.start - 1
            is_unknown = last_id + 1 == unknown_before
            missing = None if is_unknown else trade.trade_id - last_id - 1
            counted.append(replace(trade, missing_before=missing))
            last_id = trade.trade_id
        if counted:
            yield counted


def filler_of(config: FlowConfig) -> Filler | None:
    """Return what fills a lake from its exchange; None when no exchange may be asked."""
    rest = spot_rest(config.exchange)
    if rest is None:
        return None
    return Filler(rest, BronzeTrades(Lake(config.lake)))


def absent_ranges(ids: range, there: Iterable[int]) -> Iterator[range]:
    """Yield the spans of ids that are not there, in order."""
    next_id = ids.start
    for known in sorted(there):
        if known > next_id:
            yield range(next_id, known)
        next_id = known + 1
    if next_id < ids.stop:
        yield range(next_id, ids.stop)
