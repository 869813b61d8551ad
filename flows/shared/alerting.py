"""Raise alerts: rows of `ops.alerts` first, then records of topic `alerts`.

Both are written by the run that found the fault, so that an alert does not depend on a job that
may itself be at fault. The lake takes a run's alerts in one commit. Kafka gets them at least once:
only a run that died in between leaves its alerts in the lake alone, and a retry sends duplicates,
which are recognised by their key and `raised_at_ms`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.connect.topics import COMPRESSION
from flows.shared import ops_log
from flows.shared.config import FlowConfig
from flows.shared.findings import Finding
from market.dictionary.alerts import Alert, AlertKind, Severity
from market.dictionary.tables import table
from market.dictionary.topics import ALERTS
from market.errors import TidemarkError
from stores.iceberg import Lake

if TYPE_CHECKING:
    from kafka.producer.future import FutureRecordMetadata

ANSWER_WITHIN_S = 30


class AlertError(TidemarkError):
    """Kafka did not take an alert; it is in the lake."""


def of_findings(findings: Sequence[Finding], raised_at_ms: int) -> list[Alert]:
    """Return an alert for each red finding of a reconciliation."""
    return [
        Alert(
            alert=AlertKind.RECONCILIATION,
            severity=Severity.ERROR,
            market=one.market,
            symbol=one.symbol,
            table_name=one.table_name,
            check_name=one.check_name,
            detail=str(one),
            from_time_ms=one.from_time_ms,
            to_time_ms=one.to_time_ms,
            raised_at_ms=raised_at_ms,
        )
        for one in findings
        if not one.is_green
    ]


def record(lake: Lake, alerts: Sequence[Alert]) -> None:
    """Append alerts to `ops.alerts` in one commit; without any, nothing is committed.

    Raises:
        pyiceberg.exceptions.CommitFailedException: another writer was first; nothing was written.
    """
    rows = [asdict(one) | {"raised_at": _instant(one.raised_at_ms)} for one in alerts]
    for row in rows:
        del row["raised_at_ms"]
    ops_log.append(lake, "alerts", rows)


def recent(lake: Lake, since_ms: int) -> list[Alert]:
    """Return the alerts of watches since an instant, in any order.

    Args:
        lake: that was migrated.
        since_ms: our clock, epoch milliseconds.

    Raises:
        pyiceberg.exceptions.RESTError: the catalog does not answer; OSError: the store does not.
    """
    wanted = f"alert = '{AlertKind.WATCH}' and raised_at >= '{_instant(since_ms).isoformat()}'"
    rows = lake.table(table("alerts")).scan(row_filter=wanted).to_arrow().to_pylist()
    return [_of_row(row) for row in rows]


def _of_row(row: dict[str, Any]) -> Alert:
    raised_at: datetime = row.pop("raised_at")
    kind, severity = AlertKind(row.pop("alert")), Severity(row.pop("severity"))
    raised_at_ms = round(raised_at.timestamp() * 1_000)
    return Alert(alert=kind, severity=severity, raised_at_ms=raised_at_ms, **row)


def send(config: FlowConfig, alerts: Sequence[Alert]) -> None:
    """Send alerts to topic `alerts`, and wait until Kafka has them.

    Raises:
        AlertError: Kafka does not answer, or refuses.
    """
    if not alerts:
        return
    topic = config.namespace.topic(ALERTS.name)
    try:
        _send(config.kafka_bootstrap_servers, topic, alerts)
    except KafkaError as error:
        raise AlertError(
            f"topic {topic} at {config.kafka_bootstrap_servers}: expected it to take "
            f"{len(alerts)} alerts, found: {error}; they are in `lake.ops.alerts`"
        ) from error


def _send(bootstrap_servers: str, topic: str, alerts: Sequence[Alert]) -> None:
    producer = KafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        compression_type=COMPRESSION,
        allow_auto_create_topics=False,
        max_block_ms=ANSWER_WITHIN_S * 1_000,
        metrics_enabled=False,
    )
    try:
        sent: list[FutureRecordMetadata] = [
            producer.send(topic, json.dumps(one.value()).encode(), one.key().encode())
            for one in alerts
        ]
        for future in sent:
            future.get(timeout=ANSWER_WITHIN_S)
    finally:
        producer.close(timeout=1)


def _instant(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)
