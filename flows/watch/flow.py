"""Watch: check every few minutes that everything is there that should be. Silence is red.

It compares with the clock and with the connectors' list of what is followed; not with what has
come, since nothing comes from what is dead. A run with a fault fails; alerts are raised when a
fault begins and when it is over (`flows.watch.faults`).
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from pyiceberg.exceptions import RESTError

from flows.orphan_runs import crash_orphans
from flows.registration import connect
from flows.run_processes import carried_runs
from flows.shared.alert_tasks import raise_alerts
from flows.shared.alerting import recent
from flows.shared.config import FlowConfig, read_config
from flows.shared.gold import Scope
from flows.watch.connectors import Connectors, ConnectorsSilentError, ask
from flows.watch.faults import REMIND_AFTER_MS, Fault, changes, still_open
from flows.watch.freshness import market_clock_ms, read_newest, seen_lately, stale
from flows.watch.runs import refused_runs
from market.dictionary.alerts import Alert, Severity
from market.errors import TidemarkError
from stores.iceberg import Lake
from stores.trino import QueryError

_NO_PROCESS_AFTER = timedelta(minutes=3)
"""After this long, a run that began has its process, unless it was killed."""


_CHECK_AGAIN_AFTER_S = 60


class WatchError(TidemarkError):
    """Something is not as it should be."""


@task(cache_policy=NO_CACHE, task_run_name="connectors")
def check_connectors(config: FlowConfig) -> Connectors:
    """Ask what is followed and how the tasks do; silent connectors follow nothing."""
    if not config.connect_url:
        return Connectors((), ())
    try:
        return ask(config.connect_url)
    except ConnectorsSilentError as error:
        return Connectors((), (Fault("connectors_answer", Severity.ERROR, str(error)),))


@task(retries=1, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="freshness")
def check_windows(scope: Scope, exchange: str, connectors: Connectors) -> list[Fault]:
    """Compare the newest windows of what is followed with the market's clock."""
    clock_ms = market_clock_ms(exchange, scope.computed_at_ms)
    followed = connectors.followed or seen_lately(scope, clock_ms)
    return [
        fault
        for table_name in sorted({one.table_name for one in followed})
        for fault in stale(followed, read_newest(scope, table_name, clock_ms), clock_ms)
    ]


@task(cache_policy=NO_CACHE, task_run_name="runs")
def check_runs(now: datetime) -> list[Fault]:
    """Set runs without a process to Crashed, and find runs that did not get their slot."""
    api_url = os.environ.get("PREFECT_API_URL", "")
    if not api_url:
        return []
    with connect(api_url) as client:
        carried = set(carried_runs(api_url).values())
        for run in crash_orphans(client, carried, now - _NO_PROCESS_AFTER):
            get_run_logger().warning("run %s had no process any more: set to Crashed", run.name)
        return refused_runs(client)


@flow
def watch() -> list[Fault]:
    """Check the connectors, the age of every symbol's windows, and Prefect's runs.

    Returns:
        Nothing: a run that finds a fault fails.

    Raises:
        WatchError: something is not as it should be.
    """
    config = read_config()
    reported = _reported(config, _now_ms())
    faults = find_faults(config)
    if {one.key for one in faults} - still_open(reported).keys():
        # A start or restart that is under way is no fault.
        time.sleep(_CHECK_AGAIN_AFTER_S)
        faults = find_faults(config)
    create_table_artifact(
        key="watch", table=[asdict(one) for one in faults], description=f"{len(faults)} faults"
    )
    raise_alerts(config, changes(faults, reported, _now_ms()))
    require_no_faults(faults)
    return faults


def find_faults(config: FlowConfig) -> list[Fault]:
    """Return everything that is wrong now."""
    now_ms = _now_ms()
    scope = Scope(config.trino_url, config.namespace, [], now_ms)
    connectors = check_connectors(config)
    now = datetime.fromtimestamp(now_ms / 1_000, UTC)
    return [
        *connectors.faults,
        *_answered("trino_answers", lambda: check_windows(scope, config.exchange, connectors)),
        *_answered("prefect_answers", lambda: check_runs(now)),
    ]


def _answered(check_name: str, check: Callable[[], list[Fault]]) -> list[Fault]:
    """Return what a check finds; a check that got no answer is a fault, too."""
    try:
        return check()
    except (QueryError, httpx.HTTPError) as error:
        return [Fault(check_name, Severity.ERROR, f"expected an answer, found: {error}")]


def _reported(config: FlowConfig, now_ms: int) -> list[Alert]:
    """Return the alerts of the last day; none while the lake is down."""
    try:
        return recent(Lake(config.lake), now_ms - REMIND_AFTER_MS)
    except (RESTError, OSError) as error:
        get_run_logger().warning("alerts of the last day: not known: %s", error)
        return []


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def require_no_faults(faults: Sequence[Fault]) -> None:
    """Raise an error if there is any fault.

    Raises:
        WatchError: with each fault.
    """
    if faults:
        lines = "\n".join(str(one) for one in faults)
        raise WatchError(f"{len(faults)} faults; see `lake.ops.alerts`:\n{lines}")
