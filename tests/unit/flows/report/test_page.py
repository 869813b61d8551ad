"""A report's page: everything inside, gaps as gaps, and no hour that lacks something unseen."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from math import isnan
from typing import Any
from urllib.parse import quote

import pytest

from flows.report.completeness import minute_states
from flows.report.data import SymbolDay
from flows.report.page import file_name, index_page, markdown, symbol_page

MADE_AT = datetime(2026, 11, 24, 5, 10, tzinfo=UTC)
LOST = range(600, 630)
"""Minutes without trades, whose ids are known to be missing; the book was lost for longer."""

ADDRESSES = {"src", "href", "xlink:href"}
VOID = {"input", "br", "meta", "link", "image", "path", "use"}


def minute(number: int) -> dict[str, Any]:
    lost = number in LOST
    price = None if lost else Decimal("87000.00") + number
    return {
        "minute": number,
        "has_candle": True,
        "high": price,
        "low": price,
        "close": price,
        "taker_buy_volume_quote": Decimal(0 if lost else 1_000),
        "taker_sell_volume_quote": Decimal(0 if lost else 900),
        "completeness": 0.0 if lost else 1.0,
        "spread_bps_mean": None if number in range(600, 700) else 0.02,
        "synced_ms": 0 if number in range(600, 700) else 60_000,
    }


def hour(number: int) -> dict[str, Any]:
    missing = 90 if number == 10 else 0
    return {
        "hour": number,
        **dict.fromkeys(("open", "high", "low", "close"), Decimal("87000.00")),
        "vwap": 87_000.5,
        "volume_base": Decimal(1),
        "volume_quote": Decimal(87_000),
        "trade_count": 600,
        "trade_imbalance": 0.1,
        "spread_bps_mean": 0.02,
        "obi_5_mean": -0.1,
        "realised_volatility": 0.002,
        "expected_trades": 600 + missing,
        "missing_trades": missing,
        "backfilled_trades": 0,
        "late_trades": 0,
        "synced_ms": 3_600_000 if number not in {10, 11} else 1_800_000,
        "resyncs": 0,
        "minutes": 60,
        "revised_minutes": 0,
        "repairs": 0,
    }


SUMMARY = {
    "open": Decimal("87000.00"),
    "high": Decimal("89000.00"),
    "low": Decimal("86000.00"),
    "close": Decimal("88000.00"),
    "vwap": 87_500.0,
    "volume_quote": Decimal(166_000_000),
    "trade_count": 14_000,
    "missing_trades": 90,
    "realised_volatility": 0.0123,
    "spread_bps_mean": 0.02,
    "obi_5_mean": -0.01,
    "completeness": 0.9936,
    "synced_ms": 82_800_000,
}

DAY = SymbolDay(
    market="binance-spot",
    symbol="BTCUSDT",
    day=date(2026, 11, 23),
    minutes=[minute(number) for number in range(1_200)],
    hours=[hour(number) for number in range(24)],
    correlations=[
        {"minute": 60 + 15 * number, "other_symbol": "ETHUSDT", "correlation": 0.5}
        for number in range(50)
        if number not in {20, 21}
    ],
    summary=SUMMARY,
)


class Tags(HTMLParser):
    """Tags that are open at the end, and addresses that a browser would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}
        ]


@pytest.fixture(scope="module")
def page() -> str:
    return symbol_page(DAY, MADE_AT)


def test_a_page_is_whole_and_fetches_nothing(page: str) -> None:
    tags = Tags(page)
    assert tags.open == []
    fetched = [one for one in tags.addresses if not one.startswith(("#", "data:"))]
    assert fetched == ["index.html"]
    assert "@import" not in page


def test_hours_that_lack_something_are_named_first_and_coloured(page: str) -> None:
    assert "2 of 24 hours lack something: 10, 11 h." in page
    # Once in the table of the market, once in that of completeness.
    assert page.count('<tr class="lacking">') == 2 * 2


def test_a_line_is_broken_where_minutes_are_unknown() -> None:
    close = DAY.series("close")
    assert [number for number, value in enumerate(close) if isnan(value)] == [
        *LOST,
        *range(1_200, 1_440),
    ]


def test_the_strip_tells_trades_and_book_apart_minute_by_minute() -> None:
    trades, book = minute_states(DAY)
    assert (trades[599], trades[600], trades[629], trades[630], trades[1_200]) == (
        "complete",
        "nothing",
        "nothing",
        "complete",
        "no row",
    )
    assert (book[599], book[600], book[699], book[700], book[1_439]) == (
        "complete",
        "nothing",
        "nothing",
        "complete",
        "no row",
    )


def test_lines_are_labelled_where_they_end_and_units_are_in_the_titles(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page)
    for words in ("Price, USDT", "Spread, bps", "ETHUSDT 0.50", "88,199.00", "UTC"):
        assert words in text


def test_a_day_that_is_not_rolled_up_says_so_and_shows_its_minutes() -> None:
    unknown = dict.fromkeys(DAY.hours[0])
    hours = [
        unknown | {"hour": n, "minutes": 0, "revised_minutes": 0, "repairs": 0} for n in range(24)
    ]
    day = SymbolDay("binance-spot", "BTCUSDT", DAY.day, DAY.minutes, hours, [], {})
    page = symbol_page(day, MADE_AT)
    assert "This day is not rolled up" in page
    assert "Price, USDT" in page
    assert "Correlations</h2>" not in page
    assert "None" not in page


def test_the_dashboard_has_the_same_numbers_and_the_pages_address() -> None:
    shown = markdown(DAY, "s3://reports/2026-11-23/binance-spot_BTCUSDT.html")
    assert "`s3://reports/2026-11-23/binance-spot_BTCUSDT.html`" in shown
    assert "| Close | 88,000.00 | +1.15 % on the day |" in shown
    assert "2 of 24 hours lack something." in shown


def test_the_index_leads_to_each_page() -> None:
    page = index_page([DAY], MADE_AT)
    assert f'<a href="{file_name(DAY)}">BTCUSDT</a>' in page
    assert Tags(page).open == []


def test_a_symbol_of_any_script_has_a_page_that_the_list_leads_to() -> None:
    named = replace(DAY, symbol="币安人生USDT", correlations=[
        one | {"other_symbol": "我踏马来了USDT"} for one in DAY.correlations
    ])  # fmt: skip
    page = symbol_page(named, MADE_AT)
    assert "<h1>币安人生USDT</h1>" in page
    assert "我踏马来了USDT" in page
    assert file_name(named) == "binance-spot_币安人生USDT.html"
    assert f'href="{quote(file_name(named))}"' in index_page([DAY, named], MADE_AT)


def test_a_day_that_is_not_known_to_be_whole_says_so_and_neither_1_nor_0() -> None:
    nothing = {"missing_trades": None, "expected_trades": None, "completeness": None}
    hours = [hour(number) | (nothing if number == 7 else {}) for number in range(24)]
    minutes = [
        minute(number) | ({"completeness": None} if number == 425 else {})
        for number in range(1_200)
    ]
    day = replace(DAY, hours=hours, minutes=minutes, summary=SUMMARY | nothing)
    assert minute_states(day)[0][424:427] == ["complete", "unknown", "complete"]
    page, text = symbol_page(day, MADE_AT), markdown(day, "s3://reports/page.html")
    for shown in (page, text):
        assert "whether any is missing is unknown" in shown
        assert "0 missing" not in shown
    assert re.search(r"<dt>Complete, %</dt><dd>[^0-9<]+<", page)
    assert "lack something: 07, 10, 11 h." in page
