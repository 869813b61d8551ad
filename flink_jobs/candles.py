"""Job `candles`: VWAP, OHLCV, taker volumes and completeness of trades in 1 s and 1 min windows.

The text of a statement stands once for all markets; each market is a source with a watermark of its
own, and only what is done meets.
"""

from collections.abc import Mapping, Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_sink, kafka_source, mongodb_sink, relation
from flink_jobs.job import Job, run
from flink_jobs.projections import late_records, to_stores, union
from flink_jobs.upgrades import unpublished
from market.dictionary.markets import TRADES_MARKETS
from market.dictionary.tables import table
from market.dictionary.topics import LATE_RECORDS, TRADES, topic
from sql import statement

_MISSING_AFTER = {"1s": "missing_after_1s", "1m": "missing_after"}
TABLES = [table(f"candles_{interval}") for interval in _MISSING_AFTER]


def _declare(config: JobConfig) -> Sequence[str]:
    sinks = [kafka_sink(LATE_RECORDS, config, "candles", exactly_once=True)]
    for window in TABLES:
        sinks += [
            kafka_sink(topic(window.name), config, "candles", exactly_once=True),
            mongodb_sink(window, config),
        ]
    sources = [kafka_source(one, config, "candles", rowtime=True) for one in TRADES.values()]
    return [*sources, *sinks]


def _text(name: str, **parameters: str) -> str:
    return statement(f"flink/candles/{name}.sql", parameters)


def _market_views(market: str) -> dict[str, str]:
    name = relation(market)
    return {
        f"market_trades_{name}": _text("market_trades", trades=relation(TRADES[market].name)),
        f"trade_sums_1s_{name}": _text("sums_1s", trades=f"market_trades_{name}"),
        f"trade_seconds_{name}": _text("seconds", sums=f"trade_sums_1s_{name}"),
        f"trade_sums_1m_{name}": _text("sums_1m", seconds=f"trade_seconds_{name}"),
    }


def windows() -> dict[str, str]:
    """Return the views from each market's trades to a view of each table, by name, in order."""
    views: dict[str, str] = {}
    for market in TRADES_MARKETS:
        views |= _market_views(market)
    for window in TABLES:
        sums = f"trade_sums_{window.interval}"
        views[sums] = union(f"{sums}_{relation(market)}" for market in TRADES_MARKETS)
        views[window.name] = _text(
            "candles", sums=sums, missing_after=_MISSING_AFTER[window.interval]
        )
    return views


def _views(config: JobConfig) -> Mapping[str, str]:
    late = {
        f"late_trades_{relation(market)}": _text(
            "late_trades",
            topic=TRADES[market].name,
            trades=f"market_trades_{relation(market)}",
        )
        for market in TRADES_MARKETS
    }
    return unpublished(windows(), TABLES, config.takeover) | late


def _inserts(config: JobConfig) -> Sequence[str]:
    late = late_records(f"late_trades_{relation(market)}" for market in TRADES_MARKETS)
    stores = [one for window in TABLES for one in to_stores(window, config.namespace)]
    return [late, *stores]


JOB = Job("candles", _declare, _views, _inserts)

if __name__ == "__main__":
    run(JOB)
