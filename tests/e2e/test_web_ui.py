"""A job submitted in Flink's web UI by upload and click: the first front door."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stack import pipeline
from stack.feeds import Feed, connector_program, simulator_program, simulator_status
from stack.supervisor import Supervisor
from stores.flink import Cluster
from tests.e2e.conftest import SCREENSHOTS
from tests.support.running_stack import RunningStack
from verify.proof import stores_of
from verify.replay import free_port

SYMBOLS = ["BTCUSDT", "ETHUSDT"]
SOURCE = "Source: trades"

_STARTS_MS = 180_000
_FLOWS_S = 120


@pytest.fixture
def flowing_trades(stack: RunningStack) -> Iterator[None]:
    """Trades of a synthetic market on their way into Kafka while the test runs."""
    settings, port = stack.settings, free_port()
    pipeline.make_ready(settings, lambda _: None)
    supervisor = Supervisor(settings.home)
    options = ["--synthetic", ",".join(SYMBOLS), "--rate-scale", "5"]
    supervisor.start_program(simulator_program("e2e-simulator", settings, port, options))
    try:
        while simulator_status(port) is None:
            time.sleep(0.2)
        feed = Feed("simulator", SYMBOLS, port, rest_port=0)
        supervisor.start_program(connector_program("e2e-connector", settings, feed))
        yield
    finally:
        supervisor.stop_program("e2e-connector")
        supervisor.stop_program("e2e-simulator")


@contextmanager
def no_job_left(cluster: Cluster, name: str) -> Iterator[None]:
    """See that no such job runs before the block, and cancel what the block started."""
    assert cluster.active(name) is None, f"job {name} runs already: stop it first"
    try:
        yield
    finally:
        left = cluster.active(name)
        if left is not None:
            cluster.cancel(left.job_id)


def submit_by_click(page: Page, flink_url: str, jar: Path) -> None:
    """Upload a jar and press Submit; every box of the form stays empty."""
    page.goto(flink_url)
    page.get_by_text("Submit New Job").click()
    page.locator("input[type=file]").set_input_files(jar)
    page.get_by_text(jar.name).first.click(timeout=_STARTS_MS)
    arguments = page.get_by_placeholder("Program Arguments").first
    expect(arguments).to_be_visible()
    assert arguments.input_value() == ""
    page.screenshot(path=SCREENSHOTS / "submit.png")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(re.compile(r"#/job/running/[0-9a-f]{32}"), timeout=_STARTS_MS)


def number_shown(page: Page, task: str, column: str) -> int:
    """Return what the job page shows for a task in a column of counts."""
    headings = page.locator("thead th").all_inner_texts()
    number = next(place for place, text in enumerate(headings) if text.strip() == column)
    text = page.locator("tbody tr", has_text=task).first.locator("td").nth(number).inner_text()
    # The page writes "loading..." until Flink has its first counts.
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isdigit() else 0


def wait_for_more(page: Page, column: str, more: int) -> int:
    """Return by how much a count of the source has grown, two minutes later at most."""
    before, deadline = number_shown(page, SOURCE, column), time.monotonic() + _FLOWS_S
    while (grown := number_shown(page, SOURCE, column) - before) < more:
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    return grown


@pytest.mark.usefixtures("flowing_trades")
def test_an_uploaded_jar_runs_with_records_flowing_after_a_click_and_no_typed_word(
    stack: RunningStack, page: Page
) -> None:
    name = stack.settings.namespace.job("candles")
    jar = pipeline.job_jar(stack.settings, "candles")
    with no_job_left(Cluster(stack.flink_url), name):
        submit_by_click(page, stack.flink_url, jar)

        expect(page.get_by_text(name, exact=True).first).to_be_visible()
        expect(page.get_by_text("RUNNING").first).to_be_visible(timeout=_STARTS_MS)
        expect(page.locator("tbody tr", has_text=SOURCE).first).to_contain_text(
            "RUNNING", timeout=_STARTS_MS
        )
        received = wait_for_more(page, "Records Received", 500)
        sent = wait_for_more(page, "Records Sent", 20)
        page.screenshot(path=SCREENSHOTS / "running.png")
        assert received >= 500
        assert sent >= 20

        # The addresses that nobody typed are right: windows reach both stores.
        rows, deadline = stores_of(stack.settings), time.monotonic() + _FLOWS_S
        while not all(rows.count("candles_1s").values()) and time.monotonic() < deadline:
            time.sleep(1)
        counts = rows.count("candles_1s")
        assert min(counts.values()) > 0, counts
