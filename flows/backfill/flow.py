"""Backfill: a span of a symbol's trades from the exchange's history into bronze, silver and gold.

For a time that the connector did not see. It can be killed and run again with the same parameters:
what is in bronze is not fetched again, and windows that are right stay as they are.

It refuses a span for which a stream may still bring trades or write windows: both would be there
twice (`flows.shared.streams`).
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from flows.reconcile.flow import prove
from flows.shared.config import read_config
from flows.shared.correction import correct_and_roll_up, tables_behind
from flows.shared.exchange import MARKET
from flows.shared.filling import Filled, Filler, filler_of
from flows.shared.findings import Range
from flows.shared.gold import Scope
from flows.shared.recomputation import NOT_PROVEN
from flows.shared.streams import Streams, streams_of
from market.dictionary.windows import INTERVAL_MS
from market.errors import TidemarkError
from market.touched_ranges import TouchedRange

if TYPE_CHECKING:
    from uuid import UUID

_PAST_FOR = timedelta(minutes=10)
"""No stream is still about to write what ended this long ago."""


class BackfillError(TidemarkError):
    """The span cannot be loaded as it was asked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a backfill did.

    Attributes:
        trades: of the span that are in bronze now.
        appended: of those, by this run.
        absent: ids of the span that the exchange does not give.
        seconds: how long loading took.
        bytes_per_trade: of the files that hold the span.
        windows: that were made or corrected.
    """

    trades: int
    appended: int
    absent: int
    seconds: float
    bytes_per_trade: float
    windows: int

    def __str__(self) -> str:
        """Return it in one line."""
        rate = self.appended / self.seconds if self.seconds else 0.0
        return (
            f"{self.trades:,} trades, {self.appended:,} of them appended in {self.seconds:.1f} s "
            f"({rate:,.0f} rows/s), {self.bytes_per_trade:.1f} bytes per row, {self.absent:,} not "
            f"given by the exchange, {self.windows:,} windows made or corrected"
        )


@task(retries=3, retry_delay_seconds=10, cache_policy=NO_CACHE, task_run_name="load {symbol}")
def load(filler: Filler, symbol: str, ids: range, times_ms: range) -> Filled:
    """Append the ids that bronze lacks; a retry continues where the last attempt stopped."""
    progress = cast(
        "UUID",
        create_progress_artifact(
            0.0, key="backfill-progress", description=f"Trades of {symbol} that are in bronze"
        ),
    )

    def show(done: int) -> None:
        update_progress_artifact(progress, progress=100 * done / len(ids))

    return filler.fill(symbol, ids, times_ms, show, first_known=False)


@flow
def backfill(symbol: str, start: datetime, end: datetime) -> Loaded:
    """Load a span of a symbol's trades, make its windows, and prove them.

    Args:
        symbol: upper case.
        start: first instant, a whole minute; UTC if it names no zone.
        end: the instant after the last one, a whole minute; ten minutes ago at the latest.

    Returns:
        What was loaded.

    Raises:
        BackfillError: no exchange may be asked, it has no trades of the span, or a stream may still
            bring some of it.
        ReconciliationError: rows are missing, surplus or wrong.
    """
    config = read_config()
    now = datetime.fromtimestamp(time.time(), UTC)
    span = check_span(start, end, now)
    filler = filler_of(config)
    if filler is None:
        raise BackfillError("TIDEMARK_EXCHANGE: expected an exchange to ask, found none")
    times_ms = range(_ms(span.start), _ms(span.end))
    ids = ids_of(filler, symbol, times_ms)
    touched = touched_by(symbol, times_ms)
    streams = streams_of(config)
    check_streams(streams, symbol, ids, times_ms)
    without_stream = symbol not in streams.stored()
    if streams.stored():
        # A stream's progress is known per market: windows of a symbol that nobody follows would
        # make those of the others look written.
        check_windows(symbol, tables_behind(config, [touched])[touched])
    get_run_logger().info("%s: %d ids from %d on, %s", symbol, len(ids), ids.start, span)
    started = time.monotonic()
    filled = load(filler, symbol, ids, times_ms)
    seconds = time.monotonic() - started
    scope = Scope(config.trino_url, config.namespace, [symbol], _ms(now))
    # The id after the span came from the exchange, so no trade is missing once all ids are there.
    is_whole = not filled.absent and not filled.refused
    proven_ms = {(MARKET, symbol): times_ms.stop} if is_whole else NOT_PROVEN
    corrections = correct_and_roll_up(
        config, scope, [touched], without_stream=without_stream, proven_ms=proven_ms
    )
    loaded = Loaded(
        trades=filled.wanted - filled.absent - len(filled.refused),
        appended=filled.appended,
        absent=filled.absent + len(filled.refused),
        seconds=seconds,
        bytes_per_trade=filler.bronze.bytes_per_trade(MARKET, symbol, ids, times_ms),
        windows=sum(one.corrected + one.inserted + one.withdrawn for one in corrections),
    )
    get_run_logger().info("%s: %s", symbol, loaded)
    create_markdown_artifact(f"{symbol}, {span}: {loaded}", key="backfill-summary")
    prove(config, span, [symbol])
    return loaded


def check_span(start: datetime, end: datetime, now: datetime) -> Range:
    """Return the span in UTC.

    Raises:
        BackfillError: it is empty, not of whole minutes, or not past yet.
    """
    span = Range(*(one if one.tzinfo else one.replace(tzinfo=UTC) for one in (start, end)))
    whole = all(one.timestamp() % 60 == 0 for one in (span.start, span.end))
    if not whole or not span.start < span.end <= now - _PAST_FOR:
        raise BackfillError(
            f"expected a span of whole minutes that ended {_PAST_FOR} ago or earlier, found "
            f"{start.isoformat()} .. {end.isoformat()}; later trades are the connector's"
        )
    return span


def check_streams(streams: Streams, symbol: str, ids: range, times_ms: range) -> None:
    """Check that no stream will bring trades of a span.

    Raises:
        BackfillError: one may.
    """
    still_to_come = streams.still_to_come(symbol, ids, times_ms)
    if still_to_come:
        raise BackfillError(
            f"{symbol}: expected a span that no stream will bring, but {still_to_come}. Run this "
            "again when the stream is past the span, or reset the connector's offset of the symbol "
            "if it will never run again"
        )


def check_windows(symbol: str, behind: Collection[str]) -> None:
    """Check that no stream will write windows of a span.

    Args:
        symbol: upper case.
        behind: tables whose streams have not passed the span.

    Raises:
        BackfillError: there are some.
    """
    if behind:
        raise BackfillError(
            f"{symbol}: expected every stream to have passed the span and the minute after it, "
            f"found {', '.join(sorted(behind))} behind; run this again later, see `tidemark jobs "
            "list`"
        )


def touched_by(symbol: str, times_ms: range) -> TouchedRange:
    """Return where windows may differ once a span is loaded.

    The minute after it may differ, too: what precedes its first trade is known by then.
    """
    return TouchedRange(MARKET, symbol, times_ms.start, times_ms.stop + INTERVAL_MS["1m"])


def ids_of(filler: Filler, symbol: str, times_ms: range) -> range:
    """Return the ids of the trades of a span.

    Raises:
        BackfillError: the exchange has none.
        RestError: there is no usable answer.
    """
    rest = filler.rest
    first, after = (rest.first_trade_id(symbol, ms) for ms in (times_ms.start, times_ms.stop))
    if after is None:
        newest = rest.newest_trade_id(symbol)
        after = None if newest is None else newest + 1
    if first is None or after is None or first >= after:
        raise BackfillError(
            f"{symbol}: expected the exchange to have trades of the span, found none; does its "
            "history reach back so far?"
        )
    return range(first, after)


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000)
