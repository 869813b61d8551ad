"""Flink's declarations are the dictionary's."""

import pytest

from flink_jobs.config import JobConfig, read_config
from flink_jobs.ddl import kafka_sink, kafka_source, lake_catalog, mongodb_sink, relation
from market.dictionary.tables import table
from market.dictionary.topics import BOOK_TOPS, LATE_RECORDS, TRADES, topic
from stores.environment import SettingsError

SPOT_TRADES = TRADES["binance-spot"]

ENVIRONMENT = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "MONGODB_URI": "mongodb://store:27017",
    "ICEBERG_REST_URI": "http://catalog:8181",
    "S3_ENDPOINT": "http://store:8333",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "it's secret",
}


def config(*arguments: str) -> JobConfig:
    return read_config("candles", arguments, ENVIRONMENT)


def test_a_source_has_every_field_of_its_topic_and_reads_committed_records_only() -> None:
    ddl = kafka_source(SPOT_TRADES, config(), "candles", rowtime=True)
    for field in SPOT_TRADES.fields:
        assert f"`{field.name}` " in ddl
    assert "'properties.isolation.level' = 'read_committed'" in ddl
    assert "`price` DECIMAL(18, 8)" in ddl


def test_only_heartbeats_move_the_watermark() -> None:
    ddl = kafka_source(SPOT_TRADES, config(), "candles", rowtime=True)
    expression = (
        "CASE WHEN `kind` = 'heartbeat' THEN `event_time` - INTERVAL '0.001' SECOND(1, 3) END"
    )
    assert f"WATERMARK FOR `event_time` AS {expression}" in ddl
    assert "WATERMARK" not in kafka_source(SPOT_TRADES, config(), "bronze", rowtime=False)


def test_a_namespace_prefixes_topics_groups_databases_and_transactions() -> None:
    check = config("--namespace", "check")
    assert "'topic' = 'check.trades.binance-spot'" in kafka_source(
        SPOT_TRADES, check, "candles", rowtime=True
    )
    sink = kafka_sink(topic("candles_1s"), check, "candles", exactly_once=True)
    assert "'sink.transactional-id-prefix' = 'check.candles-candles_1s'" in sink
    assert "'database' = 'check_live'" in mongodb_sink(table("candles_1s"), check)


def test_a_source_is_named_as_sql_can_use_it() -> None:
    tops = BOOK_TOPS["binance-spot"]
    assert relation(tops.name) == "book_tops_binance_spot"
    ddl = kafka_source(tops, config(), "liquidity", rowtime=True)
    assert ddl.startswith("CREATE TEMPORARY TABLE book_tops_binance_spot (")
    assert "'topic' = 'book_tops.binance-spot'" in ddl


def test_a_decimal_that_is_only_passed_through_may_stay_text() -> None:
    tops = BOOK_TOPS["binance-spot"]
    ddl = kafka_source(tops, config(), "x", rowtime=True, as_text=["bid_depth_quote_10_bps"])
    assert "`bid_depth_quote_10_bps` STRING" in ddl
    assert "`bid_depth_quote_25_bps` DECIMAL(38, 16)" in ddl


def test_exact_numbers_leave_as_strings() -> None:
    sink = kafka_sink(topic("candles_1m"), config(), "candles", exactly_once=True)
    assert "`volume_quote` STRING" in sink
    assert "`vwap` DOUBLE" in sink


def test_only_an_exactly_once_sink_is_transactional() -> None:
    plain = kafka_sink(LATE_RECORDS, config(), "candles", exactly_once=False)
    assert "transactional" not in plain


def test_a_document_is_keyed_by_its_id() -> None:
    ddl = mongodb_sink(table("candles_1s"), config())
    assert "PRIMARY KEY (`_id`) NOT ENFORCED" in ddl
    assert "'collection' = 'candles_1s'" in ddl


def test_a_sink_waits_no_longer_than_it_is_told() -> None:
    assert "'sink.buffer-flush.interval' = '50 ms'" in mongodb_sink(
        table("liquidity_1s"), config(), 50
    )


def test_a_quote_in_a_secret_is_escaped() -> None:
    assert "'it''s secret'" in lake_catalog(config())


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_variable_is_named_with_what_to_do(name: str) -> None:
    without = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(SettingsError, match=name):
        read_config("candles", [], without)


def test_an_option_wins_over_the_environment() -> None:
    environment = ENVIRONMENT | {"TIDEMARK_NAMESPACE": "from_env"}
    assert read_config("candles", [], environment).namespace.prefix == "from_env"
    chosen = read_config("candles", ["--namespace", "mine"], environment)
    assert chosen.namespace.prefix == "mine"
