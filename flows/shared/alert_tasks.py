"""What a red run does before it fails: alerts in the lake, in Kafka and on its own page."""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.shared.alerting import record, send
from flows.shared.config import FlowConfig
from market.dictionary.alerts import Alert
from stores.iceberg import Lake


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="alerts into the lake")
def keep_alerts(config: FlowConfig, alerts: Sequence[Alert]) -> None:
    """Write alerts into the lake; a commit that lost to another run's is retried."""
    record(Lake(config.lake), alerts)


@task(retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="alerts into Kafka")
def send_alerts(config: FlowConfig, alerts: Sequence[Alert]) -> None:
    """Send alerts to their topic."""
    send(config, alerts)


def raise_alerts(config: FlowConfig, alerts: Sequence[Alert]) -> None:
    """Raise the alerts of a run; without any, do nothing.

    If Kafka is down, its task is shown as failed, and the run goes on to its own verdict. If the
    lake is down, Kafka gets the alerts all the same.
    """
    if not alerts:
        return
    kept = keep_alerts(config, alerts, return_state=True)
    send_alerts(config, alerts, return_state=True)
    kept.result()
    create_table_artifact(
        key="alerts",
        table=[one.value() for one in alerts],
        description=f"{len(alerts)} alerts, in `lake.ops.alerts` and topic `alerts` as well",
    )
