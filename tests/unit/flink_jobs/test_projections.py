"""What follows from the dictionary: every column of every record type, in order, once."""

import re

import pytest

from flink_jobs.bronze import JOB
from flink_jobs.projections import to_bronze, to_stores, union
from market.dictionary.names import Namespace
from market.dictionary.record_types import RECORD_TYPES, RecordType
from market.dictionary.tables import table
from tests.unit.flink_jobs.test_ddl import config

CHECK = Namespace("check")
each = pytest.mark.parametrize("record_type", RECORD_TYPES, ids=lambda one: one.name)


@each
def test_a_record_types_columns_reach_its_table_in_order(record_type: RecordType) -> None:
    text = to_bronze(record_type, CHECK)
    selected = text.split("SELECT\n", 1)[1].split("\nFROM ", 1)[0]
    names = re.findall(r"`(\w+)`", selected)
    assert names == list(record_type.columns())
    instants = re.findall(r"TO_TIMESTAMP_LTZ\(`(\w+)`, 3\)", selected)
    stored = [one.name for one in table(record_type.name).fields]
    assert [name.removesuffix("_ms") if name in instants else name for name in names] == stored
    assert f"INSERT INTO lake.check_{record_type.layer}.{record_type.name}\n" in text


@each
def test_the_records_of_every_topic_are_read(record_type: RecordType) -> None:
    declared, text = "\n".join(JOB.declare(config())), to_bronze(record_type, CHECK)
    for topic in record_type.topics().values():
        relation = topic.name.replace(".", "_").replace("-", "_")
        assert f"TABLE {relation} (" in declared
        assert re.search(rf"FROM {relation}\b", text)


def test_heartbeats_and_markers_stay_out_of_the_lake() -> None:
    texts = "\n".join(JOB.inserts(config()))
    assert "WHERE kind = 'trade'" in texts
    assert "WHERE kind <> 'heartbeat'" in texts


def test_windows_go_to_topic_lake_and_mongodb_with_exact_numbers_as_text_in_the_topic() -> None:
    to_kafka, to_lake, to_live = to_stores(table("candles_1m"), CHECK)
    assert "INSERT INTO candles_1m_topic" in to_kafka
    assert "CAST(`volume_quote` AS STRING)" in to_kafka
    assert "\n  `vwap`," in to_kafka
    assert "INSERT INTO lake.check_silver.candles_1m " in to_lake
    assert "'|1m|'" in to_live


def test_the_rows_of_one_relation_are_no_union() -> None:
    assert union(["one"]) == "SELECT * FROM one\n"
    assert union(["one", "two"]) == "SELECT * FROM one\nUNION ALL\nSELECT * FROM two\n"
