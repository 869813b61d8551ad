"""The proof on the real stack: green when every row is right, red for each planted wrong row."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from bson.decimal128 import Decimal128
from kafka import KafkaProducer
from pymongo import MongoClient

from iceberg.schema import iceberg_schema
from market.dictionary.tables import table
from stack import pipeline
from stack.settings import Settings
from tests.integration.pipelines import tidemark, trade_line, write_capture
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace

START_MS = 1_700_000_000_000
BTC, CHEAP, NEW = "BTCUSDT", "SOLBRL", "币安人生USDT"


def outcome(stack: RunningStack, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run `tidemark verify --json` and return its exit code and what it found."""
    done = tidemark(stack, "verify", "--json", *arguments)
    assert done.stdout, done.stderr[-3_000:]
    return done.returncode, json.loads(done.stdout)


def red(found: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the stores and tables that differ."""
    return {(row["store"], row["table"]) for row in found["comparisons"] if not row["green"]}


def told(found: dict[str, Any]) -> str:
    """Say of every comparison that is red what differs."""
    return "\n".join(str(row) for row in found["comparisons"] if not row["green"])


@pytest.fixture(scope="module")
def strange_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three symbols in three files: gaps in ids and time, repeats, a cheap coin, broken lines."""
    folder = tmp_path_factory.mktemp("capture")
    first = [trade_line(BTC, 100 + n, START_MS + 350 * n) for n in range(40)]
    gap = [trade_line(BTC, 150 + n, START_MS + 14_000 + 5_000 * n) for n in range(30)]
    late = [trade_line(BTC, 180 + n, START_MS + 7_400_000 + 10 * n) for n in range(30)]
    other = [
        trade_line(CHEAP, 7 + n, START_MS + 1_100 * n, "0.00001234", buy=n % 3 == 0)
        for n in range(90)
    ]
    # Overlapping recordings: nothing is lost by a repeat, so no limit may stop the connector.
    repeated = first * 4
    broken = [(START_MS + 900, "1699999999000000000 {not json"), (START_MS + 950, "no time at all")]
    write_capture(folder / "spot_btcusdt_20231114.gz", [*first, *repeated, *gap, *broken])
    write_capture(folder / "spot_btcusdt_20231115.gz", late)
    other += [trade_line(NEW, 5 + n, START_MS + 3_000 * n) for n in range(20)]
    write_capture(folder / "spot_others_20231114.gz", other)
    return folder


@dataclass(frozen=True, slots=True)
class Kept:
    """A namespace that was kept, its stack and its capture."""

    stack: RunningStack
    settings: Settings
    capture: str


@pytest.fixture(scope="module")
def kept(stack: RunningStack, strange_capture: Path) -> Iterator[Kept]:
    """A namespace that a verified replay of the strange capture has left, whatever was killed."""
    capture = ("--capture", str(strange_capture), "--speed", "400", "--kill", "taskmanager")
    code, found = outcome(stack, *capture, "--keep")
    assert not red(found), told(found)
    assert code == 0
    settings = own_namespace(stack.settings, found["namespace"])
    yield Kept(stack, settings, str(strange_capture))
    pipeline.tear_down(settings)


def check(kept: Kept) -> set[tuple[str, str]]:
    """Compare the kept namespace again."""
    arguments = ("--capture", kept.capture, "--check", kept.settings.namespace.prefix)
    code, found = outcome(kept.stack, *arguments)
    assert code == (1 if red(found) else 0)
    return red(found)


def test_a_capture_never_seen_with_gaps_and_repeats_is_verified(
    kept: Kept,
) -> None:
    assert check(kept) == set()


def test_a_wrong_document_is_found(kept: Kept) -> None:
    settings = kept.settings
    with MongoClient[dict[str, Any]](settings.mongodb.uri) as client:
        windows = client[settings.namespace.database()]["candles_1s"]
        right = windows.find_one({"symbol": BTC})
        assert right is not None
        windows.update_one({"_id": right["_id"]}, {"$set": {"high": Decimal128("10.00000001")}})
        try:
            assert check(kept) == {("mongodb", "candles_1s")}
        finally:
            windows.replace_one({"_id": right["_id"]}, right)
    assert check(kept) == set()


def test_a_surplus_record_in_kafka_is_found(kept: Kept) -> None:
    settings = kept.settings
    window = {
        "market": "binance-spot",
        "symbol": BTC,
        "window_start": "2023-11-14T22:13:20Z",
        "window_end": "2023-11-14T22:14:20Z",
    }
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)
    producer.send(settings.namespace.topic("candles_1m"), value=json.dumps(window).encode())
    producer.close()
    assert check(kept) == {("kafka", "candles_1m")}


@pytest.mark.parametrize("name", ["trades", "candles_1m"])
def test_a_row_that_stands_twice_in_the_lake_is_found(kept: Kept, name: str) -> None:
    settings = kept.settings
    planted = table(name)
    stored = pipeline.lake(settings).table(planted)
    stored.append(stored.scan(limit=1).to_arrow().cast(stored.schema().as_arrow()))
    assert (planted.layer, name) in check(kept)


def test_a_row_that_nobody_traded_is_found_in_the_lake(kept: Kept) -> None:
    settings = kept.settings
    planted = table("candles_1s")
    row = {
        "market": "binance-spot",
        "symbol": "XRPUSDT",
        "window_start": datetime(2023, 11, 14, tzinfo=UTC),
    }
    schema = iceberg_schema(planted).as_arrow()
    stored = pipeline.lake(settings).table(planted)
    stored.append(pa.Table.from_pylist([row], schema=schema))
    assert ("silver", "candles_1s") in check(kept)
