"""Reports: one page per day and symbol, with plots, numbers, and how complete each hour is.

`flows.shared.pages` says where pages are stored; the dashboard shows the numbers, too.
"""

import time
from datetime import UTC, date, datetime, timedelta

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.report.data import SymbolDay, read_day, symbols_of
from flows.report.page import file_name, index_page, markdown, symbol_page
from flows.shared import pages
from flows.shared.artifact_keys import artifact_key
from flows.shared.config import read_config
from flows.shared.gold import Scope, known_days
from stores.iceberg import Lake

_INDEX = "index.html"


@task(
    retries=3,
    retry_delay_seconds=5,
    cache_policy=NO_CACHE,
    task_run_name="{market} {symbol} {day}",
)
def report_symbol(scope: Scope, lake: Lake, day: date, market: str, symbol: str) -> SymbolDay:
    """Write the page of a symbol's day, and show its numbers in the dashboard."""
    found = read_day(scope, day, market, symbol)
    address = pages.write(lake, f"{day}/{file_name(found)}", symbol_page(found, _now()))
    create_markdown_artifact(
        key=artifact_key("report", market, symbol),
        markdown=markdown(found, address),
        description=f"{symbol} on {day}",
    )
    return found


@flow
def report(
    day: date | None = None, days_ago: int = 1, symbols: list[str] | None = None
) -> list[str]:
    """Write a page for each symbol of a day, UTC, and one that lists them.

    Args:
        day: which day; when not given, `days_ago` says.
        days_ago: 1 for the day before.
        symbols: upper case; all that the day has trades of when not given.

    Returns:
        Where the pages are, the list first; none for a day without trades, which is reported.
    """
    config, now = read_config(), _now()
    chosen = day or now.date() - timedelta(days=days_ago)
    scope = Scope(config.trino_url, config.namespace, symbols or [], int(now.timestamp() * 1_000))
    lake = Lake(config.lake)
    found = [
        report_symbol(scope, lake, chosen, market, symbol)
        for market, symbol in symbols_of(scope, chosen)
    ]
    if not found:
        _report_nothing_found(scope, chosen)
        return []
    index = pages.write(lake, f"{chosen}/{_INDEX}", index_page(found, now))
    return [index, *(pages.address(lake, f"{chosen}/{file_name(one)}") for one in found)]


def _report_nothing_found(scope: Scope, day: date) -> None:
    known = known_days(scope)
    there = f"it has {known[0]} to {known[1]}" if known else "it has none at all"
    asked = ", ".join(scope.symbols) or "any symbol"
    message = f"{day}: expected minutes of {asked} in the lake, found none; {there}"
    get_run_logger().warning(message)
    create_markdown_artifact(key="report-without-data", markdown=message)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
