"""Up to which window a stopped job has published, as its result topics show.

Only the job itself writes to them, and in transactions. MongoDB may be ahead after a restart, and
corrections write to the lake as well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain
from typing import Any

from kafka import KafkaConsumer

from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.topics import topic
from market.dictionary.windows import window_start_ms
from stack.jobs.partitions import Partition

_LONGEST_TRANSACTION_MS = 15 * 60_000
"""Rows that were written further apart are of two transactions, and the later one's windows are all
later: windows leave a job in the order of its checkpoints."""

LEAD_MS = 600_000
"""How far records may run ahead of their partition's heartbeat, which waits for one symbol while
others continue: many times as long as a symbol may hold it."""

WRITTEN_AHEAD_MS = 360_000
"""How long before a heartbeat a record may be written that is later than it by more than `LEAD_MS`:
after an outage one symbol is ahead by all its length while another one catches up, for as long as
a symbol may hold its partition, five minutes at most while connections are up."""

Ends = dict[str, dict[str, int]]


def published_ends(
    consumer: KafkaConsumer,
    namespace: Namespace,
    tables: Sequence[Table],
    markets: Set[str],
    since_ms: int,
) -> Ends:
    """Return the end of the last published window, epoch ms, by table and market.

    A table that has published nothing of a market in which others have, such as one that is new,
    gets an end that lies before any window that was open.

    Args:
        consumer: reads committed records.
        namespace: of the pipeline.
        tables: what the job publishes.
        markets: that it reads. One that has been silent for days is searched for that far back.
        since_ms: rows that were written before are of an earlier life of the job.
    """
    partitions = {
        one.name: [Partition(consumer, namespace.topic(one.name), n) for n in _partitions(one)]
        for one in tables
    }
    ends: Ends = {one.name: {} for one in tables}
    for from_ms in _further_back(chain.from_iterable(partitions.values()), since_ms):
        ends, written_ms = _ends_since(partitions, from_ms)
        longest_ago_ms = from_ms + _LONGEST_TRANSACTION_MS
        # Far enough back: rows before that are of earlier transactions, hence of earlier windows.
        if all(written_ms.get(market, from_ms) >= longest_ago_ms for market in markets):
            break
    for market in {market for found in ends.values() for market in found}:
        oldest_ms = min(found[market] for found in ends.values() if market in found)
        for one in tables:
            reached_ms = window_start_ms(oldest_ms, one.interval) - LEAD_MS
            ends[one.name].setdefault(market, reached_ms)
    return ends


def _partitions(table: Table) -> range:
    return range(topic(table.name).partitions)


def _further_back(partitions: Iterable[Partition], since_ms: int) -> Iterator[int]:
    """Yield ever earlier instants to read from; nothing when there is nothing to read."""
    last = [record.timestamp for one in partitions if (record := one.last_record()) is not None]
    span_ms = _LONGEST_TRANSACTION_MS
    while last:
        from_ms = max(since_ms, max(last) - span_ms)
        yield from_ms
        if from_ms == since_ms:
            return
        span_ms *= 4


def _ends_since(
    partitions: Mapping[str, Sequence[Partition]], from_ms: int
) -> tuple[Ends, dict[str, int]]:
    """Return the newest ends by table and market, and when each market's last row was written."""
    ends: Ends = {name: {} for name in partitions}
    written_ms: dict[str, int] = {}
    for name, of_table in partitions.items():
        for timestamp, row in _rows(of_table, from_ms):
            end_ms = round(datetime.fromisoformat(row["window_end"]).timestamp() * 1_000)
            market, found = row["market"], ends[name]
            found[market] = max(end_ms, found.get(market, end_ms))
            written_ms[market] = max(timestamp, written_ms.get(market, timestamp))
    return ends, written_ms


def _rows(partitions: Sequence[Partition], from_ms: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for partition in partitions:
        for record in partition.records(partition.offset_at(from_ms), partition.end):
            yield record.timestamp, json.loads(record.value)
