"""The report flow: pages in the object store, a word on a day without data."""

from collections.abc import Iterator
from datetime import date

import pytest

from flows.report.flow import report
from flows.rollup.flow import rollup
from iceberg.migrate import drop, migrate
from stack import pipeline
from stack.settings import Settings
from tests.integration.flows import silver
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace

DAY = date(2023, 11, 15)
MIDNIGHT_MS = 1_700_006_400_000
HOUR_MS = 3_600_000
GAP = (30 * 60_000, 50 * 60_000)


@pytest.fixture
def settings(stack: RunningStack) -> Iterator[Settings]:
    """A lake with three hours of one symbol, without any book."""
    own = own_namespace(stack.settings)
    lake = pipeline.lake(own)
    migrate(lake)
    walk = {"BTCUSDT": silver.walk("BTCUSDT", MIDNIGHT_MS, 3 * HOUR_MS, "61838.1", [GAP])}
    try:
        for interval in ("1s", "1m"):
            silver.append(lake, f"candles_{interval}", silver.candles(walk, interval))
        yield own
    finally:
        drop(lake)
        lake.store.delete_dir(f"reports/{own.namespace.prefix}")


def test_a_day_has_a_page_a_symbol_and_a_list_and_a_day_without_data_none(
    settings: Settings,
) -> None:
    with worker_environment(settings):
        rollup(start=DAY, end=date(2023, 11, 16))
        index, page = report(day=DAY)
        assert report(day=date(2023, 11, 20)) == []
        assert report(day=DAY, symbols=["ETHUSDT"]) == []
    folder = f"s3://reports/{settings.namespace.prefix}/2023-11-15"
    assert (index, page) == (f"{folder}/index.html", f"{folder}/binance-spot_BTCUSDT.html")
    store = pipeline.lake(settings).store
    text = store.open_input_stream(page.removeprefix("s3://")).read().decode()
    assert "Wednesday, 15 November 2023, UTC" in text
    # The third hour has no minute after it, so it is not rolled up.
    assert text.count("<td>60 / 60</td>") == 3
    assert "Price, USDT" in text
