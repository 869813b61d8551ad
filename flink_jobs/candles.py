"""Job `candles`: VWAP, OHLCV, taker volumes and completeness of trades in 1 s and 1 min windows."""

from collections.abc import Mapping, Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_sink, kafka_source, mongodb_sink, relation
from flink_jobs.job import Job, run
from flink_jobs.upgrades import unpublished
from market.dictionary.tables import table
from market.dictionary.topics import LATE_RECORDS, TRADES, topic
from sql import statement

MARKET = "binance-spot"
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


def windows() -> dict[str, str]:
    """Return the views from the trades of `MARKET` to a view of each table, by name, in order."""
    views = {
        name: statement(f"flink/candles/{name}.sql", {"trades": relation(TRADES[MARKET].name)})
        for name in ("market_trades", "sums_1s", "seconds", "sums_1m")
    }
    for window in TABLES:
        parameters = {
            "sums": f"sums_{window.interval}",
            "missing_after": _MISSING_AFTER[window.interval],
        }
        views[window.name] = statement("flink/candles/candles.sql", parameters)
    return views


def _views(config: JobConfig) -> Mapping[str, str]:
    return unpublished(windows(), TABLES, config.takeover)


def _inserts(config: JobConfig) -> Sequence[str]:
    inserts = [statement("flink/candles/late_records.sql", {"topic": TRADES[MARKET].name})]
    for window in TABLES:
        names = {
            "table": window.name,
            "interval": window.interval,
            "silver": config.namespace.layer("silver"),
        }
        inserts += [
            statement("flink/candles/to_kafka.sql", {"table": window.name}),
            statement("flink/candles/to_lake.sql", names),
            statement("flink/candles/to_live.sql", names),
        ]
    return inserts


JOB = Job("candles", _declare, _views, _inserts)

if __name__ == "__main__":
    run(JOB)
