"""Quality: check every row, each hour, with suites derived from the dictionary of fields.

Results are rows of `ops.quality_results` and a page that works offline. A red suite of bronze
or silver keeps its symbols' day out of `gold` (`flows.rollup.gate`), raises alerts, and fails the
run.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from expectations.bounds import read_bounds
from expectations.documents import check_types
from expectations.rules import Rule, Verdict, rules_of
from flows.quality.page import render
from flows.quality.results import alerts_of, record, require_green
from flows.quality.views import make_view, view_of
from flows.shared import pages
from flows.shared.alert_tasks import raise_alerts
from flows.shared.config import FlowConfig, read_config
from flows.shared.findings import Range, choose_range
from flows.shared.gold import Scope
from market.dictionary.schemas import Table
from market.dictionary.tables import DOCUMENTS, TABLES
from market.errors import UnknownNameError
from stores.iceberg import Lake

LAYERS = ("bronze", "silver", "gold")
"""The layers whose tables have suites; `ops` is about ourselves."""


@task(
    retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="suite of {table.name}"
)
def run_suite(scope: Scope, table: Table, span: Range) -> list[Verdict]:
    """Run a table's suite over a range; a range without rows has no results."""
    # Takes seconds to import, which no other flow should wait for.
    from expectations.suite import Suites

    rules = rules_of(table, read_bounds())
    rows = make_view(scope, table, rules, span)
    if not rows:
        return []
    suites = Suites(scope.trino_url, scope.namespace.layer("ops"))
    return suites.run(table, view_of(table), rules, rows)


@task(
    retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="types of {table.name}"
)
def check_documents(config: FlowConfig, table: Table) -> list[Verdict]:
    """Find documents with values that Trino would read as NULL."""
    return check_types(config.mongodb_uri, config.namespace.database(), table)


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def keep_results(
    lake: Lake, verdicts: Sequence[Verdict], span: Range, checked_at: datetime
) -> None:
    """Write results into the lake; a commit that lost to another run's is retried."""
    record(lake, verdicts, span, checked_at)


@flow
def quality(
    day: date | None = None, days_ago: int = 0, tables: list[str] | None = None
) -> list[Verdict]:
    """Run the suite of every table over a day, UTC, and check MongoDB.

    Args:
        day: which day; when not given, `days_ago` says.
        days_ago: 0 for today so far.
        tables: names, without their layer; all when not given.

    Returns:
        The verdicts on each rule: a green one, or a red one per symbol.

    Raises:
        QualityError: rows break a rule.
        UnknownNameError: a table has no suite.
    """
    config = read_config()
    now = datetime.fromtimestamp(time.time(), UTC)
    span = choose_range(now, day, days_ago, None)
    scope = Scope(config.trino_url, config.namespace, [], int(now.timestamp() * 1_000))
    chosen = choose_tables(tables)
    verdicts = [verdict for one in chosen for verdict in run_suite(scope, one, span)]
    if tables is None:
        live = [one for one in (*TABLES.values(), *DOCUMENTS.values()) if one.live]
        verdicts += [one for table in live for one in check_documents(config, table)]
    lake = Lake(config.lake)
    keep_results(lake, verdicts, span, now)
    _show(lake, verdicts, span, now, chosen)
    raise_alerts(config, alerts_of(verdicts, span, scope.computed_at_ms))
    require_green(verdicts)
    return verdicts


def choose_tables(names: Iterable[str] | None) -> list[Table]:
    """Return the tables of some names, or all that have suites.

    Raises:
        UnknownNameError: no table of that name has a suite.
    """
    known = {one.name: one for one in TABLES.values() if one.layer in LAYERS}
    wanted = list(known if names is None else names)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UnknownNameError(f"tables {', '.join(unknown)}: expected some of {', '.join(known)}")
    return [known[name] for name in wanted]


def _show(
    lake: Lake,
    verdicts: Sequence[Verdict],
    span: Range,
    checked_at: datetime,
    tables: Sequence[Table],
) -> None:
    """Write the run's page, and show in the dashboard what is red and how much is green."""
    rules = {f"{one.layer}.{one.name}": _by_name(one) for one in tables}
    name = f"quality/{span.start:%Y-%m-%d}.html"
    address = pages.write(lake, name, render(span, checked_at, verdicts, rules))
    get_run_logger().info("the page of this run is %s", address)
    red = [one for one in verdicts if not one.is_green]
    create_markdown_artifact(
        key="quality-page",
        markdown=f"{len(verdicts)} results of {span} UTC, {len(red)} red.\n\n"
        f"All of them, with reasons: `{address}`, which any browser shows offline.",
    )
    create_table_artifact(
        key="quality-results",
        table=[asdict(one) for one in red] or [_count(verdicts, one) for one in _names(verdicts)],
        description=f"What is red of {span} UTC" if red else f"Green results of {span} UTC",
    )


def _by_name(table: Table) -> dict[str, Rule]:
    return {rule.name: rule for rule in rules_of(table, read_bounds())}


def _names(verdicts: Sequence[Verdict]) -> list[str]:
    return list(dict.fromkeys(one.table_name for one in verdicts))


def _count(verdicts: Sequence[Verdict], table_name: str) -> dict[str, object]:
    own = [one for one in verdicts if one.table_name == table_name]
    return {"table_name": table_name, "found_rows": own[0].found_rows, "green": len(own)}
