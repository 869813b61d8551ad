"""Up to which window a stopped job has published: read from its result topics.

Only the job itself writes to them, and in transactions. MongoDB may be ahead after a restart, and
corrections write to the lake as well.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from kafka import KafkaConsumer

from market.names import Namespace
from market.schemas import Table
from market.topics import topic
from market.windows import window_start_ms
from tidemark.jobs.partitions import Partition

_LONGEST_TRANSACTION_MS = 15 * 60_000
"""Rows that were written further apart are of two transactions, and the later one's windows are all
later: windows leave a job in the order of its checkpoints."""

LEAD_MS = 600_000
"""How far records may run ahead of their partition's heartbeat, which waits for one symbol while
others go on: many times what a symbol may hold it."""

Ends = dict[str, dict[str, int]]


def published_ends(
    consumer: KafkaConsumer, namespace: Namespace, tables: Sequence[Table], since_ms: int
) -> Ends:
    """Return the end of the last published window, epoch ms, by table and market.

    A table that has published nothing of a market in which others have, such as one that is new,
    gets an end that lies before any window that was open.

    Args:
        consumer: reads committed records.
        namespace: of the pipeline.
        tables: what the job publishes.
        since_ms: rows that were written before are of an earlier life of the job.
    """
    ends = {
        one.name: _newest_ends(
            [Partition(consumer, namespace.topic(one.name), n) for n in _partitions(one)], since_ms
        )
        for one in tables
    }
    for market in {market for found in ends.values() for market in found}:
        oldest_ms = min(found[market] for found in ends.values() if market in found)
        for one in tables:
            reached_ms = window_start_ms(oldest_ms, one.interval) - LEAD_MS
            ends[one.name].setdefault(market, reached_ms)
    return ends


def _partitions(table: Table) -> range:
    return range(topic(table.name).partitions)


def _newest_ends(partitions: Sequence[Partition], since_ms: int) -> dict[str, int]:
    """Return the newest end of each market, looking at the last transactions only."""
    written = [last.timestamp for one in partitions if (last := one.last_record()) is not None]
    if not written:
        return {}
    from_ms = max(since_ms, max(written) - _LONGEST_TRANSACTION_MS)
    ends: dict[str, int] = {}
    for row in _rows(partitions, from_ms):
        end_ms = round(datetime.fromisoformat(row["window_end"]).timestamp() * 1_000)
        ends[row["market"]] = max(end_ms, ends.get(row["market"], end_ms))
    return ends


def _rows(partitions: Sequence[Partition], from_ms: int) -> Iterator[dict[str, Any]]:
    for partition in partitions:
        for record in partition.records(partition.offset_at(from_ms), partition.end):
            yield json.loads(record.value)
