"""Reconciliation: prove by hour and by day that the lake lacks nothing and repeats nothing.

Each check of each symbol is a row of `ops.reconciliations`; a run with a red one fails.
"""

import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.reconcile.klines import KlineCheck, check_klines
from flows.reconcile.reconciliation import CHECKS, Check, require_green, run_check
from flows.shared import ops_log
from flows.shared.alert_tasks import raise_alerts
from flows.shared.alerting import of_findings
from flows.shared.at_once import results_of
from flows.shared.config import FlowConfig, read_config
from flows.shared.exchange import spot_rest
from flows.shared.findings import Finding, Range, choose_range
from flows.shared.gold import Scope
from stores.iceberg import Lake


@task(
    retries=3,
    retry_delay_seconds=5,
    cache_policy=NO_CACHE,
    task_run_name="{check.name} of {check.table.name}",
)
def check_range(scope: Scope, check: Check, span: Range) -> list[Finding]:
    """Run one check for all symbols."""
    return run_check(scope, check, span)


@task(retries=2, retry_delay_seconds=20, cache_policy=NO_CACHE, task_run_name="klines")
def compare_with_exchange(scope: Scope, exchange: str, span: Range) -> KlineCheck:
    """Compare minutes with the exchange's own candles, where an exchange may be asked."""
    return check_klines(scope, spot_rest(exchange), span)


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def keep(lake: Lake, findings: list[Finding], checked_at: datetime) -> None:
    """Append findings to the lake in one commit; one that lost to another run's is retried.

    A repeated check leaves the older row in place: the newest `checked_at` of a range counts.
    """
    rows = [
        asdict(finding) | {"is_green": finding.is_green, "checked_at": checked_at}
        for finding in findings
    ]
    ops_log.append(lake, "reconciliations", rows)


@flow
def reconcile(
    day: date | None = None,
    days_ago: int = 0,
    lookback_hours: int | None = None,
    symbols: list[str] | None = None,
) -> list[Finding]:
    """Run every check over a day, UTC, or over the last hours.

    Args:
        day: which day; when not given, `days_ago` or `lookback_hours` says.
        days_ago: 0 for today so far.
        lookback_hours: instead of a day: this hour so far, and this many whole hours before it.
        symbols: upper case; all when not given.

    Returns:
        What each check found for each symbol.

    Raises:
        ReconciliationError: rows are missing, surplus or wrong.
    """
    now = _now()
    return prove(read_config(), choose_range(now, day, days_ago, lookback_hours), symbols or [])


def prove(config: FlowConfig, span: Range, symbols: list[str]) -> list[Finding]:
    """Run every check over a range, and write what it found into the lake and the dashboard.

    Args:
        config: of the run.
        span: what is checked.
        symbols: upper case; all when empty.

    Returns:
        What each check found for each symbol.

    Raises:
        ReconciliationError: rows are missing, surplus or wrong.
    """
    get_run_logger().info("reconciling %s", span)
    now = _now()
    scope = Scope(config.trino_url, config.namespace, symbols, int(now.timestamp() * 1_000))
    checked = results_of(partial(check_range.submit, scope, span=span), CHECKS)
    findings = [finding for found in checked for finding in found]
    klines = compare_with_exchange(scope, config.exchange, span)
    findings += klines.findings
    for line in klines.not_checked:
        get_run_logger().warning(line)
    keep(Lake(config.lake), findings, now)
    create_table_artifact(
        key="reconciliations",
        table=[{"is_green": one.is_green} | asdict(one) for one in findings],
        description="\n\n".join(
            [f"Checks of {span} UTC, by table and symbol", *klines.not_checked]
        ),
    )
    raise_alerts(config, of_findings(findings, scope.computed_at_ms))
    require_green(findings)
    return findings


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
