"""Watch: every few minutes, is everything there that should be? Silence is red.

It compares with the clock and with the list of what is followed, which the connectors tell; not
with what has come, since of what is dead nothing comes. A run with a fault fails; somebody is told
when a fault begins and when it is over (`flows.watch.faults`).
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
from flows.shared.alert_tasks import tell
from flows.shared.alerting import recent
from flows.shared.config import FlowConfig, read_config
from flows.shared.gold import Scope
from flows.watch.connectors import Connectors, ConnectorsSilentError, ask
from flows.watch.faults import REMINDED_AFTER_MS, Fault, changes, still_open
from flows.watch.freshness import market_clock_ms, read_newest, seen_lately, stale
from flows.watch.runs import refused_runs
from market.dictionary.alerts import Alert, Severity
from market.errors import TidemarkError
from stores.iceberg import Lake
from stores.trino import QueryError

_NO_PROCESS_AFTER = timedelta(minutes=3)
"""By then a run that began has its process, unless it was killed."""


_LOOK_AGAIN_AFTER_S = 60


class WatchError(TidemarkError):
    """Something is not as it should be."""


@task(cache_policy=NO_CACHE, task_run_name="connectors")
def look_at_connectors(config: FlowConfig) -> Connectors:
    """Ask what is followed and how the tasks are; connectors that are silent follow nothing."""
    if not config.connect_url:
        return Connectors((), ())
    try:
        return ask(config.connect_url)
    except ConnectorsSilentError as error:
        return Connectors((), (Fault("connectors_answer", Severity.ERROR, str(error)),))


@task(retries=1, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="freshness")
def look_at_windows(scope: Scope, exchange: str, connectors: Connectors) -> list[Fault]:
    """Compare the newest windows of what is followed with the market's clock."""
    clock_ms = market_clock_ms(exchange, scope.computed_at_ms)
    followed = connectors.followed or seen_lately(scope, clock_ms)
    return [
        fault
        for table_name in sorted({one.table_name for one in followed})
        for fault in stale(followed, read_newest(scope, table_name, clock_ms), clock_ms)
    ]


@task(cache_policy=NO_CACHE, task_run_name="runs")
def look_at_runs(now: datetime) -> list[Fault]:
    """Set runs that nobody carries to Crashed, and look for runs that did not get their slot."""
    api_url = os.environ.get("PREFECT_API_URL", "")
    if not api_url:
        return []
    with connect(api_url) as client:
        carried = set(carried_runs(api_url).values())
        for run in crash_orphans(client, carried, now - _NO_PROCESS_AFTER):
            get_run_logger().warning("run %s was nobody's any more: set to Crashed", run.name)
        return refused_runs(client)


@flow
def watch() -> list[Fault]:
    """Look at the connectors, at the age of every symbol's windows, and at Prefect's runs.

    Returns:
        Nothing: a run that finds a fault fails.

    Raises:
        WatchError: something is not as it should be.
    """
    config = read_config()
    told = _told(config, _now_ms())
    faults = look(config)
    if {one.key for one in faults} - still_open(told).keys():
        # What starts or restarts at this moment is no fault.
        time.sleep(_LOOK_AGAIN_AFTER_S)
        faults = look(config)
    create_table_artifact(
        key="watch", table=[asdict(one) for one in faults], description=f"{len(faults)} faults"
    )
    tell(config, changes(faults, told, _now_ms()))
    require_calm(faults)
    return faults


def look(config: FlowConfig) -> list[Fault]:
    """Return everything that is not as it should be, now."""
    now_ms = _now_ms()
    scope = Scope(config.trino_url, config.namespace, [], now_ms)
    connectors = look_at_connectors(config)
    now = datetime.fromtimestamp(now_ms / 1_000, UTC)
    return [
        *connectors.faults,
        *_answered("trino_answers", lambda: look_at_windows(scope, config.exchange, connectors)),
        *_answered("prefect_answers", lambda: look_at_runs(now)),
    ]


def _answered(check_name: str, look: Callable[[], list[Fault]]) -> list[Fault]:
    """Return what a look finds; that it could not look is a fault, too."""
    try:
        return look()
    except (QueryError, httpx.HTTPError) as error:
        return [Fault(check_name, Severity.ERROR, f"expected an answer, found: {error}")]


def _told(config: FlowConfig, now_ms: int) -> list[Alert]:
    """Return the alerts of the last day; with the lake away, nobody was told of anything."""
    try:
        return recent(Lake(config.lake), now_ms - REMINDED_AFTER_MS)
    except (RESTError, OSError) as error:
        get_run_logger().warning("alerts of the last day: not known: %s", error)
        return []


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def require_calm(faults: Sequence[Fault]) -> None:
    """Refuse any fault.

    Raises:
        WatchError: with each fault.
    """
    if faults:
        lines = "\n".join(str(one) for one in faults)
        raise WatchError(f"{len(faults)} faults; see `lake.ops.alerts`:\n{lines}")
