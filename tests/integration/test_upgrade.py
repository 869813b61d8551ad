"""A job whose SQL has changed goes on beside a running feed: no window twice, none lost or cut."""

import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from market.dictionary.records import Trade
from market.dictionary.topics import TRADES
from stack import pipeline
from stack.settings import Settings
from stores.flink import Cluster
from tests.integration.flows.silver import MARKET, walk
from tests.integration.pipelines import own_pipeline, rows_by_key, until
from tests.integration.records import Writer
from tests.support.checkouts import copy_checkout
from tests.support.running_stack import RunningStack
from verify.captures import RecordedTrade
from verify.expected import Key, Row, expected_candles
from verify.proof import stores_of

START_MS = (int(time.time()) - 3_000) // 60 * 60_000 + 20_300
"""A market of today, written when it happens: nothing is read again from before it could happen."""
LENGTH_MS = 2_700_000
AFTER_MS = START_MS + LENGTH_MS + 120_000
PACED_FROM_MS = START_MS + 1_500_000
"""What was before comes at once, the rest beside the upgrades, a second of it each pause."""
PAUSE_S = 0.03
HELD_FROM_MS = START_MS + 2_500_000
"""What comes then waits for the end of the upgrades, however long they take."""
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT")
TABLES = ("candles_1s", "candles_1m")
COLUMNS = {
    "sums_1s": ("SELECT\n", "SELECT\n  COUNT(*) AS record_count,\n"),
    "seconds": ("SELECT\n", "SELECT\n  record_count,\n"),
    "sums_1m": ("SELECT\n", "SELECT\n  SUM(record_count) AS record_count,\n"),
}
"""By statement, what makes one more aggregate in the state of every window."""


@dataclass(frozen=True)
class Upgraded:
    """What was published around an upgrade, and what the commands said."""

    settings: Settings
    refusal: str
    said: str


@pytest.fixture(scope="module")
def trades() -> dict[str, list[RecordedTrade]]:
    return {name: walk(name, START_MS, LENGTH_MS, "100.00", []) for name in SYMBOLS}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which `candles` counts records as well, and publishes them as late trades."""
    copy = copy_checkout(tmp_path_factory.mktemp("changed"))
    statements = copy / "sql" / "flink" / "candles"
    for name, (before, after) in COLUMNS.items():
        edit(statements / f"{name}.sql", before, after)
    edit(statements / "candles.sql", "CAST(0 AS BIGINT) AS late_trades", "late_trades")
    text = (statements / "candles.sql").read_text()
    head, inner, tail = text.rpartition("SELECT\n")
    (statements / "candles.sql").write_text(
        f"{head}{inner}    record_count AS late_trades,\n{tail}"
    )
    return copy


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def jobs(stack: RunningStack, own: Settings, root: Path, *words: str) -> tuple[int, str]:
    """Run `tidemark jobs` of a checkout; return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tidemark", "jobs", *words],
        cwd=root,
        env=stack.environment | {"TIDEMARK_NAMESPACE": own.namespace.prefix},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@contextmanager
def feed(settings: Settings, trades: dict[str, list[RecordedTrade]]) -> Iterator[None]:
    """Write trades beside the block, the last of them after it."""
    is_over = threading.Event()
    by_second = defaultdict(list)
    for made in trades.values():
        for before, trade in pairwise([None, *made]):
            by_second[trade.time_ms // 1_000].append(wire(trade, is_first=before is None))

    def write() -> None:
        writer = Writer(settings, written_after_ms=0)
        for second in range(START_MS // 1_000, AFTER_MS // 1_000):
            for trade in by_second[second]:
                writer.write(TRADES["binance-spot"], trade.key(), trade.value())
            writer.beat(TRADES["binance-spot"], MARKET, (second + 1) * 1_000)
            if second * 1_000 > HELD_FROM_MS:
                is_over.wait()
            elif second * 1_000 > PACED_FROM_MS:
                time.sleep(PAUSE_S)
        writer.close()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield
    finally:
        is_over.set()
        writing.join()


def wire(trade: RecordedTrade, *, is_first: bool) -> Trade:
    return Trade(
        MARKET,
        trade.symbol,
        trade.trade_id,
        str(trade.price),
        str(trade.quantity),
        "buy" if trade.buy else "sell",
        trade.time_ms,
        trade.time_ms + 5,
        "live",
        None if is_first else 0,
    )


@pytest.fixture(scope="module")
def upgraded(
    stack: RunningStack, changed: Path, trades: dict[str, list[RecordedTrade]]
) -> Iterator[Upgraded]:
    """A feed beside which `candles` crashes and is upgraded, `bronze` as it runs, both resumed."""
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None, ("candles", "bronze"))
        with feed(own, trades):
            until(lambda: stores_of(own).count("candles_1m")["silver"] > 26 * len(SYMBOLS))
            crash(own, "candles")
            code, refusal = jobs(stack, own, changed, "submit", "candles")
            assert code == 1
            code, said = jobs(stack, own, changed, "upgrade")
            assert (code, said.count("new statements")) == (0, 1), said
            assert jobs(stack, own, changed, "upgrade", "bronze")[0] == 0
            for command in ("stop", "submit"):
                code, answer = jobs(stack, own, changed, command, "candles", "bronze")
                assert code == 0, answer
        for table in TABLES:
            wait_for(own, table, len(expected_candles(MARKET, trades, table[-2:])))
        wait_for(own, "trades", sum(map(len, trades.values())))
        yield Upgraded(own, refusal, said)


def crash(settings: Settings, job: str) -> None:
    """End a job without a savepoint, so that results may wait for their commit."""
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    running = cluster.active(name)
    assert running is not None
    cluster.cancel(running.job_id)
    until(lambda: cluster.active(name) is None)


def wait_for(settings: Settings, table: str, count: int) -> None:
    stores = stores_of(settings)
    until(lambda: all(found >= count for found in stores.count(table).values()))


def found(upgraded: Upgraded, table: str) -> dict[str, dict[Key, Row]]:
    """Return what each store holds, by key; no key stands twice."""
    readers = stores_of(upgraded.settings).readers(table).items()
    return {store: rows_by_key(read()) for store, read in readers}


def test_a_plain_submission_of_changed_statements_is_refused_with_what_to_do(
    upgraded: Upgraded,
) -> None:
    assert "nothing was submitted" in upgraded.refusal
    assert "tidemark jobs upgrade candles" in upgraded.refusal


@pytest.mark.parametrize("table", TABLES)
def test_every_window_stands_once_in_every_store_and_is_that_of_all_its_trades(
    table: str, upgraded: Upgraded, trades: dict[str, list[RecordedTrade]]
) -> None:
    expected = expected_candles(MARKET, trades, table[-2:])
    for store, rows in found(upgraded, table).items():
        assert rows.keys() == expected.keys(), store
        for key, row in expected.items():
            mine = row | {"late_trades": rows[key]["late_trades"]}
            assert {name: rows[key][name] for name in mine} == mine, (store, key)


@pytest.mark.parametrize("table", TABLES)
def test_windows_that_were_open_are_made_by_the_new_statements_alone(
    table: str, upgraded: Upgraded
) -> None:
    for store, rows in found(upgraded, table).items():
        old = {key for key, row in rows.items() if row["late_trades"] == 0}
        new = {key for key, row in rows.items() if row["late_trades"] == row["trade_count"]}
        assert old | new == rows.keys(), store
        assert old, store
        assert new, store
        assert max(key[2] for key in old) < min(key[2] for key in new), store


def test_every_trade_is_in_bronze_once(
    upgraded: Upgraded, trades: dict[str, list[RecordedTrade]]
) -> None:
    ids = {(MARKET, one.symbol, one.trade_id) for made in trades.values() for one in made}
    assert found(upgraded, "trades")["bronze"].keys() == ids


def test_only_what_open_windows_may_need_is_read_again(
    upgraded: Upgraded, trades: dict[str, list[RecordedTrade]]
) -> None:
    (text,) = re.findall(r"([\d,]+) records are read again", upgraded.said)
    written = (
        sum(map(len, trades.values())) + TRADES["binance-spot"].partitions * LENGTH_MS // 1_000
    )
    assert 0 < int(text.replace(",", "")) < 0.8 * written
