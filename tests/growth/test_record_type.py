"""A plain type of record, bronze only, is an entry, a module, and what is generated from them."""

import pytest

from tests.growth.copies import Copy

MOST_FILES = 8
MIGRATION = "iceberg/migrations/m0008_mark_prices.json"
RINGS = (
    "tests/unit/market/dictionary",
    "tests/unit/iceberg",
    "tests/unit/flink_jobs/test_projections.py",
    "tests/unit/flink_jobs/test_ddl.py",
    "tests/unit/expectations",
    "tests/unit/connectors/connect/test_worker_config.py",
    "tests/unit/flows/watch",
    "tests/docs/test_pages.py::test_a_derived_page_is_what_the_code_says",
)
FRAME = (
    b'{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1700000000123,"s":"BTCUSDT",'
    b'"p":"61838.10000000","i":"61840.00000000","r":"0.00010000","T":1700028800000}}'
)
CHECK = f"""
from connectors.binance.mark_prices import decode
from market.dictionary.topics import topic
value = decode({FRAME!r}, 1_700_000_000_200).value()
assert list(value) == [one.name for one in topic("mark_prices").fields], value
assert (value["symbol"], value["mark_price"]) == ("BTCUSDT", "61838.10000000")
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("record"))
    copy.insert(
        "market/dictionary/fields.py",
        "    # dead letters\n",
        '    _price("mark_price", "What the exchange says that the contract is worth."),\n'
        '    _price("index_price", "Price of the index that the contract follows."),\n'
        '    _long("funding_time_ms", "ms", "When the next funding is due."),\n',
    )
    copy.insert(
        "market/dictionary/record_types.py",
        "RECORD_TYPES: tuple",
        "MARK_PRICES_TYPE = RecordType(\n"
        '    name="mark_prices",\n'
        '    fields=f"market symbol mark_price index_price funding_time_ms {_RECEIVED}",\n'
        '    description="one mark price as published",\n'
        '    message="one mark price as published",\n'
        '    key=("event_time",),\n'
        ")\n\n",
    )
    copy.insert(
        "market/dictionary/record_types.py",
        '    LATE_RECORDS_TYPE,\n)\n"""Every type',
        "    MARK_PRICES_TYPE,\n",
    )
    copy.add("market/derivatives/mark_prices.py", "record/mark_prices.py")
    copy.add("connectors/binance/mark_prices.py", "record/connector.py")
    copy.insert(
        "connectors/binance/exchange.py",
        "    ),\n    histories",
        "        Source(\n"
        '            "connectors.binance.mark_prices.MarkPricesConnector",\n'
        '            USDM.market, "mark_prices", config.SOURCE_KEYS,\n'
        "        ),\n",
    )
    name = ("--name", "create the table of mark prices")
    copy.run("-m", "tidemark", "lake", "freeze", MIGRATION, "mark_prices", *name, makes=MIGRATION)
    copy.run("-m", "tidemark", "docs", makes="docs/data_dictionary.md")
    return copy


def test_it_touches_few_files(copy: Copy) -> None:
    assert len(copy.touched) <= MOST_FILES, sorted(copy.touched)


def test_the_rings_that_concern_it_pass(copy: Copy) -> None:
    said = copy.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *RINGS)
    assert " passed" in said


def test_its_records_have_the_columns_of_its_topic(copy: Copy) -> None:
    copy.run("-c", CHECK)


def test_job_bronze_reads_it_and_the_commands_help_names_its_connector(copy: Copy) -> None:
    text = copy.run(
        "-c",
        "from flink_jobs.bronze import JOB\n"
        "from tests.unit.flink_jobs.test_ddl import config\n"
        "print(*JOB.declare(config()), *JOB.inserts(config()))",
    )
    assert "CREATE TEMPORARY TABLE mark_prices (" in text
    assert "INSERT INTO lake.bronze.mark_prices\n" in text
    assert "connectors.binance.mark_prices.MarkPricesConnector" in copy.run(
        "-m", "connectors", "--help"
    )


def test_the_copy_says_when_a_text_that_it_builds_on_has_moved(copy: Copy) -> None:
    with pytest.raises(ValueError, match="expected 'no such text' once, found it 0 times"):
        copy.insert("market/dictionary/fields.py", "no such text", "text")
