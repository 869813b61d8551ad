"""Job `liquidity`: spread, imbalance, depth and completeness of books in 1 s and 1 min windows.

Also the effective spread of trades, and the newest quote and book of each symbol. The text of
a statement stands once for all markets; each market is a source with a watermark of its own.
"""

from collections.abc import Iterator, Mapping, Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_sink, kafka_source, mongodb_sink, relation
from flink_jobs.job import Job, run
from flink_jobs.projections import late_records, to_stores, union
from flink_jobs.upgrades import unpublished
from market.dictionary.markets import BOOKS_MARKETS, TRADES_MARKETS
from market.dictionary.schemas import DEPTHS as SIDE_DEPTHS
from market.dictionary.tables import DOCUMENTS, table
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, LATE_RECORDS, TRADES, topic
from sql import statement

QUOTED = [market for market in TRADES_MARKETS if market in BOOKS_MARKETS]
"""Markets of which both trades and books are followed."""

_LENGTHS_MS = {"1s": 1_000, "1m": 60_000}
_LIQUIDITY = [table(f"liquidity_{interval}") for interval in _LENGTHS_MS]
_EFFECTIVE_SPREAD = table("effective_spread_1m")
TABLES = [*_LIQUIDITY, _EFFECTIVE_SPREAD]
DEPTHS = [name for names in SIDE_DEPTHS.values() for name in names.split()]

_LATEST_FLUSH_MS = 50
"""Of the documents of newest values: a small part of the half second that they may be behind."""


def _sources(config: JobConfig) -> Iterator[str]:
    for tops in BOOK_TOPS.values():
        yield kafka_source(tops, config, "liquidity", rowtime=True, as_text=DEPTHS)
    yield kafka_source(BOOK_SNAPSHOTS, config, "liquidity", rowtime=False)
    for market in QUOTED:
        yield kafka_source(TRADES[market], config, "liquidity", rowtime=True)


def _sinks(config: JobConfig) -> Iterator[str]:
    yield kafka_sink(LATE_RECORDS, config, "liquidity", exactly_once=True)
    for window in TABLES:
        yield kafka_sink(topic(window.name), config, "liquidity", exactly_once=True)
        yield mongodb_sink(window, config)
    for latest in DOCUMENTS.values():
        yield mongodb_sink(latest, config, _LATEST_FLUSH_MS)


def _declare(config: JobConfig) -> Sequence[str]:
    return [*_sources(config), *_sinks(config)]


def _text(name: str, **parameters: str) -> str:
    return statement(f"flink/liquidity/{name}.sql", parameters)


def _market_views(market: str) -> dict[str, str]:
    name = relation(market)
    return {
        f"books_{name}": _text("books", source=relation(BOOK_TOPS[market].name)),
        f"windows_{name}": _text("windows", books=f"books_{name}"),
        f"sums_1s_{name}": _text("sums_1s", windows=f"windows_{name}"),
        f"seconds_{name}": _text("seconds", sums=f"sums_1s_{name}"),
        f"sums_1m_{name}": _text("sums_1m", seconds=f"seconds_{name}"),
    }


def _quoted_views(market: str) -> dict[str, str]:
    """Return the views that bring a market's trades and books together."""
    name = relation(market)
    trades, made = f"quoted_trades_{name}", f"{_EFFECTIVE_SPREAD.name}_{name}"
    return {
        trades: _text("quoted_trades", trades=relation(TRADES[market].name)),
        f"trades_1s_{name}": _text("trades_1s", trades=trades),
        f"effective_seconds_{name}": _text(
            "effective_seconds", trades=f"trades_1s_{name}", windows=f"windows_{name}"
        ),
        made: _text("effective_spread_1m", seconds=f"effective_seconds_{name}"),
    }


def windows(markets: Sequence[str] = BOOKS_MARKETS) -> dict[str, str]:
    """Return the views from markets' trades and tops to a view of each table, by name.

    Args:
        markets: that have books, one at least whose trades are followed too.
    """
    views: dict[str, str] = {}
    for market in markets:
        views |= _market_views(market)
    for interval, length_ms in _LENGTHS_MS.items():
        sums = f"liquidity_sums_{interval}"
        views[sums] = union(f"sums_{interval}_{relation(market)}" for market in markets)
        views[f"liquidity_{interval}"] = _text("liquidity", sums=sums, length_ms=str(length_ms))
    quoted = [market for market in QUOTED if market in markets]
    for market in quoted:
        views |= _quoted_views(market)
    made = (f"{_EFFECTIVE_SPREAD.name}_{relation(market)}" for market in quoted)
    return views | {_EFFECTIVE_SPREAD.name: union(made)}


def _late_views() -> dict[str, str]:
    books = {
        f"late_books_{relation(market)}": _text("late_books", books=f"books_{relation(market)}")
        for market in BOOKS_MARKETS
    }
    trades = {
        f"late_trades_{relation(market)}": _text(
            "late_trades",
            topic=TRADES[market].name,
            trades=f"quoted_trades_{relation(market)}",
        )
        for market in QUOTED
    }
    return books | trades


def _views(config: JobConfig) -> Mapping[str, str]:
    return unpublished(windows(), TABLES, config.takeover) | _late_views()


def _inserts(config: JobConfig) -> Sequence[str]:
    quotes = [_text("latest_quotes", books=f"books_{relation(one)}") for one in BOOKS_MARKETS]
    stores = [one for window in TABLES for one in to_stores(window, config.namespace)]
    return [late_records(_late_views()), _text("latest_books"), *quotes, *stores]


JOB = Job("liquidity", _declare, _views, _inserts)

if __name__ == "__main__":
    run(JOB)
