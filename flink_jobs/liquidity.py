"""Job `liquidity`: spread, imbalance, depth and completeness of books in 1 s and 1 min windows.

Also the effective spread of spot trades, and the newest quote and book of each symbol. The text of
a statement stands once for all markets; each market is a source with a watermark of its own.
"""

from collections.abc import Iterator, Mapping, Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_sink, kafka_source, mongodb_sink, relation
from flink_jobs.job import Job, run
from flink_jobs.upgrades import unpublished
from market.dictionary.fields import BAND_BPS
from market.dictionary.markets import MARKETS
from market.dictionary.tables import DOCUMENTS, table
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, LATE_RECORDS, TRADES, topic
from sql import statement

_SPOT = "binance-spot"
_LENGTHS_MS = {"1s": 1_000, "1m": 60_000}
_LIQUIDITY = [table(f"liquidity_{interval}") for interval in _LENGTHS_MS]
_EFFECTIVE_SPREAD = table("effective_spread_1m")
TABLES = [*_LIQUIDITY, _EFFECTIVE_SPREAD]
DEPTHS = [f"{side}_depth_quote_{bps}_bps" for side in ("bid", "ask") for bps in BAND_BPS]

_LATEST_FLUSH_MS = 50
"""Of the documents of newest values: a small part of the half second that they may be behind."""


def _sources(config: JobConfig) -> Iterator[str]:
    for tops in BOOK_TOPS.values():
        yield kafka_source(tops, config, "liquidity", rowtime=True, as_text=DEPTHS)
    yield kafka_source(BOOK_SNAPSHOTS, config, "liquidity", rowtime=False)
    yield kafka_source(TRADES[_SPOT], config, "liquidity", rowtime=True)


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


def windows() -> dict[str, str]:
    """Return the views from `trades` and each market's tops to a view of each table, by name."""
    views: dict[str, str] = {}
    for market in MARKETS:
        views |= _market_views(market)
    for interval, length_ms in _LENGTHS_MS.items():
        sums = f"liquidity_sums_{interval}"
        views[sums] = _text("both_markets", relation=f"sums_{interval}")
        views[f"liquidity_{interval}"] = _text("liquidity", sums=sums, length_ms=str(length_ms))
    views["spot_trades"] = _text("spot_trades", trades=relation(TRADES[_SPOT].name))
    for name in ("trades_1s", "effective_seconds"):
        views[name] = _text(name)
    views[_EFFECTIVE_SPREAD.name] = _text(_EFFECTIVE_SPREAD.name)
    return views


def _views(config: JobConfig) -> Mapping[str, str]:
    late = {
        f"late_books_{relation(market)}": _text("late_books", books=f"books_{relation(market)}")
        for market in MARKETS
    }
    windowed = unpublished(windows(), TABLES, config.takeover)
    return windowed | late | {"late_trades": _text("late_trades", topic=TRADES[_SPOT].name)}


def _inserts(config: JobConfig) -> Sequence[str]:
    silver = config.namespace.layer("silver")
    inserts = [_text(name) for name in ("late_records", "latest_books")]
    inserts += [_text("latest_quotes", books=f"books_{relation(market)}") for market in MARKETS]
    inserts += [_text("to_kafka", table=window.name) for window in _LIQUIDITY]
    inserts.append(_text("effective_spread_to_kafka"))
    for window in TABLES:
        inserts.append(_text("to_lake", table=window.name, silver=silver))
        inserts.append(_text("to_live", table=window.name, interval=window.interval))
    return inserts


JOB = Job("liquidity", _declare, _views, _inserts)

if __name__ == "__main__":
    run(JOB)
