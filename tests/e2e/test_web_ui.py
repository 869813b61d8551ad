"""A job submitted in Flink's web UI by upload and click: the first front door."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SCREENSHOTS, RunningStack
from tidemark import pipeline
from tidemark.feeds import Feed, connector_program, simulator_program, simulator_status
from tidemark.stack.supervisor import Supervisor
from tidemark.verify.replay import free_port

_STARTS_MS = 90_000
_FLOWS_S = 60


@contextmanager
def flowing_trades(stack: RunningStack) -> Iterator[None]:
    """Trades of a synthetic market on their way into Kafka while the block runs."""
    settings, port = stack.settings, free_port()
    supervisor = Supervisor(settings.home)
    options = ["--synthetic", "BTCUSDT,ETHUSDT", "--rate-scale", "5"]
    supervisor.start_program(simulator_program("e2e-simulator", settings, port, options))
    while simulator_status(port) is None:
        time.sleep(0.2)
    feed = Feed("simulator", ["BTCUSDT", "ETHUSDT"], port, rest_port=0)
    supervisor.start_program(connector_program("e2e-connector", settings, feed))
    try:
        yield
    finally:
        supervisor.stop_program("e2e-connector")
        supervisor.stop_program("e2e-simulator")


def records_sent(page: Page) -> int:
    """Return the number that the source's row of the job page shows as sent."""
    text = page.locator("tr", has_text="Source: trades").first.inner_text()
    numbers = re.findall(r"\t\s*([\d,]+)\s*(?=\t|$)", text.replace("\n", "\t"))
    return max((int(number.replace(",", "")) for number in numbers), default=0)


def test_an_uploaded_jar_runs_with_records_flowing_after_a_click_and_no_typed_word(
    stack: RunningStack, page: Page
) -> None:
    pipeline.make_ready(stack.settings, lambda _: None)
    jar = pipeline.job_jar(stack.settings, "candles")
    with flowing_trades(stack):
        page.goto(f"{stack.flink_url}/#/submit")
        page.locator("input[type=file]").set_input_files(jar)
        page.get_by_text("candles.jar").first.click(timeout=_STARTS_MS)
        page.screenshot(path=SCREENSHOTS / "submit.png")
        page.get_by_role("button", name="Submit", exact=True).click()

        page.wait_for_url(re.compile(r"#/job/running/[0-9a-f]{32}"), timeout=_STARTS_MS)
        expect(page.get_by_text("candles").first).to_be_visible()
        expect(page.get_by_text("RUNNING").first).to_be_visible(timeout=_STARTS_MS)
        deadline, before = time.monotonic() + _FLOWS_S, records_sent(page)
        while records_sent(page) <= before + 100 and time.monotonic() < deadline:
            time.sleep(1)
        page.screenshot(path=SCREENSHOTS / "running.png")
        assert records_sent(page) > before + 100
