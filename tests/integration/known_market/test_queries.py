"""The same question to the same rows, whoever asks and through whichever door."""

import csv
import io
import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from trino.dbapi import connect

from stack.settings import Settings
from tests.integration.known_market.conftest import SYMBOLS
from tests.integration.pipelines import tidemark, until
from tests.support.running_stack import RunningStack
from verify.proof import stores_of

MINUTES = 3 * len(SYMBOLS)


@pytest.fixture(scope="module", autouse=True)
def _minutes(own: Settings) -> None:
    """Wait until both stores hold the minutes of trades."""
    stores = stores_of(own)
    until(lambda: min(stores.count("candles_1m").values()) >= MINUTES)
    until(lambda: len(set(stores.count("candles_1m").values())) == 1)


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
        f"FROM {relation} WHERE trade_count > 0 ORDER BY symbol, window_start"
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
    assert {row[0] for row in answers[0]} == set(SYMBOLS)
    assert all(answer == answers[0] for answer in answers)


def test_the_joined_view_shows_what_only_mongodb_has_yet_and_no_window_twice(
    own: Settings,
) -> None:
    lake, _, view = relations(own)
    everything = by_python(own, f"SELECT symbol, window_start FROM {lake}")
    last = max(start for _, start in everything)
    removed = sum(start == last for _, start in everything)
    by_python(
        own, f"DELETE FROM {lake} WHERE window_start = (SELECT max(window_start) FROM {lake})"
    )
    stores = {
        store: int(count)
        for store, count in by_python(own, f"SELECT store, count(*) FROM {view} GROUP BY store")
    }
    assert stores == {"lake": len(everything) - removed, "live": removed}
    assert sorted(by_python(own, f"SELECT symbol, window_start FROM {view}")) == sorted(everything)


def test_rows_come_as_json_lines_too(stack: RunningStack, own: Settings) -> None:
    done = tidemark(stack, "sql", "--format", "json", question(relations(own)[1]) + " LIMIT 1;")
    row = json.loads(done.stdout)
    first = by_python(own, question(relations(own)[1]))[0]
    assert (row["symbol"], row["trade_count"]) == ("BTCUSDT", int(first[3]))


def test_a_statement_that_trino_refuses_is_one_clear_error(stack: RunningStack) -> None:
    done = tidemark(stack, "sql", "SELECT nothing FROM lake.nowhere.candles_1m")
    assert done.returncode == 1
    assert "SCHEMA_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr
