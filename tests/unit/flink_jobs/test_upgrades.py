"""What lets a job change its SQL, as its statements show it."""

import re

import pytest

from flink_jobs import bronze, candles, liquidity
from flink_jobs.job import Job
from flink_jobs.statements import statements_of
from flink_jobs.upgrades import Takeover
from market.dictionary.tables import TABLES
from market.dictionary.topics import BOOK_TOPS, TRADES
from tests.unit.flink_jobs.test_ddl import config

PUBLISHED = {name: {"binance-spot": 1_700_000_000_000} for name in ("candles_1s", "liquidity_1m")}
TAKEOVER = Takeover({TRADES["binance-spot"].name: {0: 5, 1: 7}}, PUBLISHED, "ab12")


def texts(job: Job, *arguments: str) -> str:
    """Return all statements of a job in one text."""
    made = config(*arguments)
    return "\n".join([*job.declare(made), *job.views(made).values(), *job.inserts(made)])


def test_a_takeover_travels_as_one_argument() -> None:
    assert Takeover.from_json(TAKEOVER.to_json()) == TAKEOVER


def test_a_source_starts_at_the_offsets_that_it_is_given() -> None:
    text = texts(candles.JOB, "--takeover", TAKEOVER.to_json())
    assert "'scan.startup.mode' = 'specific-offsets'" in text
    offsets = "'scan.startup.specific-offsets' = 'partition:0,offset:5;partition:1,offset:7'"
    assert offsets in text


def test_a_source_that_is_not_taken_over_starts_as_ever() -> None:
    text = texts(bronze.JOB, "--takeover", TAKEOVER.to_json())
    assert text.count("'scan.startup.mode' = 'specific-offsets'") == 1
    assert "'scan.startup.mode' = 'earliest-offset'" in text


def test_the_sinks_of_an_upgraded_job_have_transactional_ids_of_their_own() -> None:
    ids = re.findall(
        r"'sink.transactional-id-prefix' = '([^']+)'",
        texts(candles.JOB, "--takeover", TAKEOVER.to_json()),
    )
    assert ids
    assert all(one.endswith("-ab12") for one in ids)


@pytest.mark.parametrize("job", [candles.JOB, liquidity.JOB], ids=lambda job: job.name)
def test_no_table_gets_a_window_that_was_published(job: Job) -> None:
    made = config("--takeover", TAKEOVER.to_json())
    for name, view in job.views(made).items():
        ends = re.findall(r"WHEN market = 'binance-spot' THEN CAST\((-?\d+) AS BIGINT\)", view)
        if name in TABLES and TABLES[name].live:
            assert ends == [str(PUBLISHED.get(name, {}).get("binance-spot", -1))]
        else:
            assert ends == []


@pytest.mark.parametrize("job", [candles.JOB, liquidity.JOB], ids=lambda job: job.name)
def test_an_upgraded_job_has_the_same_graph_as_one_that_never_was(job: Job) -> None:
    """Its savepoints must fit the plain submission that follows: only numbers may differ."""
    upgraded = texts(job, "--takeover", TAKEOVER.to_json())
    options = r"'scan\.startup\.[a-z.-]+' = '[^']*',?\s*"
    plain = [
        re.sub(r"CAST\(-?\d+ AS BIGINT\)|-ab12", "", re.sub(options, "", text))
        for text in (texts(job), upgraded)
    ]
    assert plain[0] == plain[1]


def test_a_job_is_known_by_what_it_reads_and_writes() -> None:
    found = statements_of("liquidity")
    assert {tops.name for tops in BOOK_TOPS.values()} <= found.windowed
    assert found.others == {"book_snapshots"}
    names = [table.name for table in found.results]
    assert names == ["liquidity_1s", "liquidity_1m", "effective_spread_1m"]
    assert found.lake_tables == set(names)
    assert statements_of("bronze").windowed == frozenset()


def test_a_changed_statement_changes_the_digest_and_a_comment_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = statements_of("candles").digest
    plain = candles.statement
    comment = lambda path, names=None: f"-- because\n{plain(path, names)}"  # noqa: E731
    monkeypatch.setattr(candles, "statement", comment)
    assert statements_of("candles").digest == before
    swapped = lambda path, names=None: plain(path, names).replace("MAX(price)", "MIN(price)")  # noqa: E731
    monkeypatch.setattr(candles, "statement", swapped)
    assert statements_of("candles").digest != before
