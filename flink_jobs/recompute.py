"""Job `recompute`: windows of given ranges made again from the lake, by the SQL of the streams.

A batch job: it reads `bronze`, writes a table of each kind into a namespace of the lake that the
caller made for it, and ends. Only the relations that the windows are made from are its own; who
compares the rows with `silver` and corrects it is no matter of this job.
"""

from collections.abc import Iterator, Mapping, Sequence

from flink_jobs import candles, liquidity
from flink_jobs.config import JobConfig
from flink_jobs.ddl import quoted, relation
from flink_jobs.job import Job, run
from flink_jobs.projections import to_lake
from market.dictionary.markets import BOOKS_MARKETS
from market.dictionary.records import TRADES_VERSION
from market.dictionary.topics import BOOK_TOPS, TRADES
from sql import statement

_TRADES = (
    "touched",
    "numbered_trades",
    "gaps",
    "gap_markers",
    "unknown_spans",
    "unknown_markers",
    "trades",
)
_MS = "EXTRACT(EPOCH FROM {0}) * 1000 + EXTRACT(MILLISECOND FROM {0}) AS {0}_ms"


def _views(config: JobConfig) -> Mapping[str, str]:
    names = _names(config)
    views = {name: statement(f"flink/recompute/{name}.sql", names) for name in _TRADES}
    for market, trades in TRADES.items():
        views[relation(trades.name)] = statement(
            "flink/recompute/market_trades.sql", {"market": market}
        )
    for market in _book_markets(config):
        views[relation(BOOK_TOPS[market].name)] = statement(
            "flink/recompute/book_tops.sql",
            names | {"market": market, "columns": ",\n    ".join(_book_columns(market))},
        )
    return views | candles.windows() | liquidity.windows(_book_markets(config))


def _book_markets(config: JobConfig) -> Sequence[str]:
    """Return the markets whose windows of books are planned, which takes as long as it runs."""
    touched = {one.touched.market for one in config.ranges}
    if touched.isdisjoint(liquidity.QUOTED):
        return BOOKS_MARKETS
    return [market for market in BOOKS_MARKETS if market in touched]


def _names(config: JobConfig) -> dict[str, str]:
    symbols = sorted({one.touched.symbol for one in config.ranges})
    return {
        "bronze": config.namespace.layer("bronze"),
        "ops": config.namespace.layer("ops"),
        "ranges": ",\n  ".join(_range_rows(config)),
        "symbols": ", ".join(map(quoted, symbols)),
        "trade_markets": ", ".join(map(quoted, sorted(TRADES))),
        "first_ms": str(min(one.read_from_ms for one in config.ranges)),
        "last_ms": str(max(one.read_to_ms for one in config.ranges)),
        "version": str(TRADES_VERSION),
    }


def _range_rows(config: JobConfig) -> Iterator[str]:
    for one in config.ranges:
        span = one.touched
        texts = [quoted(span.market), quoted(span.symbol)]
        read_ms = (one.read_from_ms, one.read_to_ms, one.proven_ms)
        times_ms = (span.from_time_ms, span.to_time_ms, *read_ms)
        yield f"({', '.join([*texts, *map(str, times_ms)])})"


def _book_columns(market: str) -> Iterator[str]:
    """Yield the topic's columns, of the types that the stream reads them with."""
    for field in BOOK_TOPS[market].fields:
        if field.name in ("event_time_ms", "receive_time_ms"):
            yield _MS.format(field.name.removesuffix("_ms"))
        elif field.name in liquidity.DEPTHS:
            yield f"CAST({field.name} AS STRING) AS {field.name}"
        elif field.name == "late_after_ms":  # in the lake nothing is late
            yield f"CAST(NULL AS BIGINT) AS {field.name}"
        else:
            yield field.name


def _inserts(config: JobConfig) -> Sequence[str]:
    return [to_lake(table, config.staging) for table in (*candles.TABLES, *liquidity.TABLES)]


JOB = Job("recompute", lambda _: [], _views, _inserts, is_batch=True)

if __name__ == "__main__":
    run(JOB)
