"""The same question to the same rows, whoever asks and through whichever door."""

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from trino.dbapi import connect

from stack import pipeline
from stack.jobs.package import OF_TRADES
from stack.settings import Settings
from tests.integration.conftest import RunningStack
from tests.integration.pipelines import own_pipeline, tidemark, trade_line, write_capture
from verify.proof import expect, plan_replay, stores_of
from verify.replay import run

START_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def own(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A pipeline that has seen four minutes of two symbols."""
    folder = tmp_path_factory.mktemp("queries")
    lines = [
        trade_line(symbol, 1 + n, START_MS + 800 * n, buy=n % 2 == 0)
        for symbol in ("BTCUSDT", "ETHUSDT")
        for n in range(300)
    ]
    write_capture(folder / "spot_two_20231114.gz", lines)
    expectation = expect(folder)
    plan = plan_replay(expectation, "max")
    with own_pipeline(stack.settings) as settings:
        pipeline.make_views(settings, lambda _: None)
        pipeline.start_jobs(settings, lambda _: None, OF_TRADES)
        run(settings, stores_of(settings), plan, lambda _: None)
        yield settings


def relations(settings: Settings) -> list[str]:
    name = settings.namespace
    return [
        f"lake.{name.layer('silver')}.candles_1m",
        f"live.{name.database()}.candles_1m",
        f"lake.{name.layer('views')}.candles_1m",
    ]


def question(relation: str) -> str:
    return (
        "SELECT symbol, to_unixtime(window_start), volume_quote, trade_count, vwap "
        f"FROM {relation} ORDER BY symbol, window_start"
    )


def by_python(settings: Settings, text: str) -> list[list[str]]:
    connection = connect(host="127.0.0.1", port=settings.ports.trino, user="test")
    cursor = connection.cursor()
    cursor.execute(text)
    rows = [[_text(value) for value in row] for row in cursor.fetchall()]
    connection.close()
    return rows


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def by_command(stack: RunningStack, text: str) -> list[list[str]]:
    done = tidemark(stack, "sql", "--format", "csv", text)
    assert done.returncode == 0, done.stderr
    return list(csv.reader(io.StringIO(done.stdout)))[1:]


@pytest.fixture(scope="session")
def trino_cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trino's own command line, one executable jar."""
    folder = tmp_path_factory.mktemp("trino-cli")
    artifact = "io.trino:trino-cli:476:jar:executable"
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}"]
    subprocess.run([*command, f"-DoutputDirectory={folder}"], check=True, timeout=300)
    return folder / "trino-cli-476-executable.jar"


def by_cli_jar(stack: RunningStack, jar: Path, text: str) -> list[list[str]]:
    done = subprocess.run(
        ["java", "-jar", str(jar), "--server", stack.trino_url,
         "--output-format", "CSV_UNQUOTED", "--execute", text],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(csv.reader(io.StringIO(done.stdout)))


def numbers(rows: list[list[str]]) -> list[list[object]]:
    """Make the clients' spellings comparable: 1.7E9 and 1700000000.0 are one number."""
    return [[row[0], float(row[1]), Decimal(row[2]), int(row[3]), float(row[4])] for row in rows]


def test_three_clients_get_the_same_rows_from_lake_live_and_the_joined_view(
    stack: RunningStack, own: Settings, trino_cli: Path
) -> None:
    answers = [
        numbers(answer)
        for relation in relations(own)
        for answer in (
            by_python(own, question(relation)),
            by_command(stack, question(relation)),
            by_cli_jar(stack, trino_cli, question(relation)),
        )
    ]
    assert len(answers) == 9
    assert len(answers[0]) == 10
    assert all(answer == answers[0] for answer in answers)


def test_the_joined_view_shows_what_only_mongodb_has_yet_and_no_window_twice(
    own: Settings,
) -> None:
    lake, _, view = relations(own)
    last = "SELECT max(window_start) FROM " + lake
    by_python(own, f"DELETE FROM {lake} WHERE window_start = ({last})")
    stores = {
        store: int(count)
        for store, count in by_python(own, f"SELECT store, count(*) FROM {view} GROUP BY store")
    }
    assert stores == {"lake": 8, "live": 2}
    keys = by_python(own, f"SELECT symbol, window_start FROM {view}")
    assert len(keys) == len({tuple(key) for key in keys}) == 10


def test_rows_come_as_json_lines_too(stack: RunningStack, own: Settings) -> None:
    done = tidemark(stack, "sql", "--format", "json", question(relations(own)[1]) + " LIMIT 1;")
    row = json.loads(done.stdout)
    assert (row["symbol"], row["trade_count"]) == ("BTCUSDT", 50)


def test_a_statement_that_trino_refuses_is_one_clear_error(stack: RunningStack) -> None:
    done = tidemark(stack, "sql", "SELECT nothing FROM lake.nowhere.candles_1m")
    assert done.returncode == 1
    assert "SCHEMA_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr
