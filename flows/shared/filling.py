"""Fill ids that bronze lacks: read what is there, fetch the rest from the exchange, append it.

Safe to run again at any moment: what was appended is not fetched again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flows.shared.bronze_trades import BronzeTrades
from flows.shared.config import FlowConfig
from flows.shared.exchange import spot_rest
from flows.shared.trade_history import MARKET, TradeHistory
from market.dictionary.records import Trade
from stores.iceberg import Lake

CHUNK_TRADES = 50_000
"""Trades of one commit: some 15 MB in memory, and a file of reasonable size."""

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a span of ids.

    Attributes:
        wanted: ids of the span.
        appended: by this call.
        absent: ids that neither bronze nor the exchange has.
        from_time_ms: earliest event time of the trades fetched, `to_time_ms` the latest one; 0
            when none was fetched.
        refused: why a trade that the exchange gave cannot be stored, by id.
    """

    wanted: int
    appended: int
    absent: int
    from_time_ms: int
    to_time_ms: int
    refused: Mapping[int, str] = field(default_factory=dict)


class Filler:
    """Fills ids of `MARKET`.

    Args:
        history: what the exchange has.
        bronze: what the lake has.
    """

    def __init__(self, history: TradeHistory, bronze: BronzeTrades) -> None:
        self.history = history
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
            RestError: the exchange gives no usable answer; what came before it is appended.
            AppendError: other writers were always first; the same holds.
        """
        there = self.bronze.ids(MARKET, symbol, ids, times_ms)
        appended = fetched = 0
        times: list[int] = []
        refused: dict[int, str] = {}
        report(len(there))
        spans = absent_ranges(ids, there)
        for chunk in self._chunks(symbol, ids, spans, refused, first_known=first_known):
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
        )

    def _chunks(
        self,
        symbol: str,
        ids: range,
        absent: Iterable[range],
        refused: dict[int, str],
        *,
        first_known: bool,
    ) -> Iterator[list[Trade]]:
        """Yield the trades of absent ids, and add to `refused` those that cannot be stored."""
        chunk: list[Trade] = []
        for span in absent:
            last_id = span.start - 1 if first_known or span.start > ids.start else None
            for page in self.history.pages(symbol, span):
                refused |= page.refused
                chunk += _following(last_id, page.trades)
                last_id = page.trades[-1].trade_id if page.trades else last_id
                if len(chunk) >= CHUNK_TRADES:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk


def _following(last_id: int | None, trades: Iterable[Trade]) -> Iterator[Trade]:
    """Yield trades with the number of ids that are missing before each; None for unknown."""
    for trade in trades:
        missing = None if last_id is None else trade.trade_id - last_id - 1
        yield replace(trade, missing_before=missing)
        last_id = trade.trade_id


def filler_of(config: FlowConfig) -> Filler | None:
    """Return what fills a lake from its exchange; None when no exchange may be asked."""
    rest = spot_rest(config.exchange)
    if rest is None:
        return None
    return Filler(TradeHistory(rest), BronzeTrades(Lake(config.lake)))


def absent_ranges(ids: range, there: Iterable[int]) -> Iterator[range]:
    """Yield the spans of ids that are not there, in order."""
    next_id = ids.start
    for known in sorted(there):
        if known > next_id:
            yield range(next_id, known)
        next_id = known + 1
    if next_id < ids.stop:
        yield range(next_id, ids.stop)
