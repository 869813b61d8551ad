"""The ring's browser: the real web pages in a real Chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "e2e"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the ring fails without it, because nothing else proves the pages."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("expected chromium on PATH, found none; install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of a size that shows a whole dashboard."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    yield page
    page.close()
