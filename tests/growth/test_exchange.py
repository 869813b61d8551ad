"""An exchange with trades and books is a package, an entry, and its market's entry."""

import pytest

from tests.growth.copies import TEMPLATES, Copy

MOST_FILES = 14
RINGS = (
    "tests/unit/market/dictionary",
    "tests/unit/flink_jobs",
    "tests/unit/expectations",
    "tests/unit/flows/watch",
    "tests/unit/stack/test_feeds.py",
    "tests/docs/test_pages.py::test_a_derived_page_is_what_the_code_says",
)
MODULES = ("protocol", "rest", "venue", "connectors", "exchange")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("exchange"))
    copy.insert(
        "market/dictionary/markets.py",
        "\nALL_MARKETS",
        'NANO_SPOT = Market("nano-spot", trades=True, books=True)\n',
    )
    copy.insert("market/dictionary/markets.py", ')\n"""Every market,', ", NANO_SPOT")
    copy.insert(
        "connectors/exchanges.py",
        "from connectors.feeds.exchange",
        "from connectors.nano.exchange import NANO\n",
    )
    copy.insert("connectors/exchanges.py", ')\n"""Every exchange.', " NANO")
    for module in MODULES:
        copy.add(f"connectors/nano/{module}.py", f"exchange/{module}.py")
    copy.run("-m", "tidemark", "docs", makes="docs/data_dictionary.md")
    return copy


def test_it_touches_few_files(copy: Copy) -> None:
    assert len(copy.touched) <= MOST_FILES, sorted(copy.touched)


def test_the_rings_that_concern_it_pass(copy: Copy) -> None:
    said = copy.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *RINGS)
    assert " passed" in said


def test_its_trades_and_books_are_whole_although_frames_are_lost_and_connections_cut(
    copy: Copy,
) -> None:
    assert "whole" in copy.run("-c", (TEMPLATES / "exchange" / "check.py").read_text())


def test_jobs_read_its_topics_and_give_them_a_watermark_of_their_own(copy: Copy) -> None:
    text = copy.run(
        "-c",
        "from flink_jobs import candles, liquidity\n"
        "from tests.unit.flink_jobs.test_ddl import config\n"
        "for job in (candles.JOB, liquidity.JOB):\n"
        "    print(*job.declare(config()), *job.views(config()).values())",
    )
    for name in ("trades_nano_spot", "book_tops_nano_spot"):
        declared = text.partition(f"TABLE {name} (")[2].partition("WITH")[0]
        assert "WATERMARK FOR" in declared, name
    assert "FROM trade_sums_1m_nano_spot" in text


def test_the_commands_help_names_its_connectors(copy: Copy) -> None:
    said = copy.run("-m", "connectors", "--help")
    assert "connectors.nano.connectors.NanoTradesConnector" in said
