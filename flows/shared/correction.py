"""Correct windows: recompute them from `bronze`, and correct what differs in lake and MongoDB.

Idempotent: a second run finds nothing to do and raises no `revision`. A run that was killed is
completed by the next one over the same ranges, since each store is compared as it is.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flows.shared.config import FlowConfig
from flows.shared.corrected_windows import live_statement, merge_statements
from flows.shared.live_windows import write_windows
from flows.shared.passed_windows import passed_until
from flows.shared.recomputation import NOT_PROVEN, Proven, Report, recomputed
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS
from market.touched_ranges import DAY_MS, TouchedRange, by_day, whole_minutes
from stores.trino import ConflictError, query
from stores.trino_literals import instant

MAX_RANGES = 200
"""Ranges of one batch job, which gets them as one argument."""

_ATTEMPTS = 5
"""Of a merge: another writer may commit to the table between its read and its commit."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of one symbol's windows in one table.

    Attributes:
        unchanged: windows that were right.
        corrected: windows of which a value differed; their `revision` was raised.
        inserted: windows that had no row.
        withdrawn: rows of windows that only a gap had touched, once it is filled.
        surplus: rows that nothing in `bronze` accounts for; they were left as they are.
        documents: MongoDB's documents that were written or deleted.
    """

    table: str
    market: str
    symbol: str
    unchanged: int = 0
    corrected: int = 0
    inserted: int = 0
    withdrawn: int = 0
    surplus: int = 0
    documents: int = 0

    @property
    def is_change(self) -> bool:
        """True when a row or a document was changed."""
        return bool(self.corrected or self.inserted or self.withdrawn or self.documents)

    def __add__(self, other: "Correction") -> "Correction":
        """Return the sum of two corrections of one symbol in one table."""
        return Correction(
            self.table,
            self.market,
            self.symbol,
            self.unchanged + other.unchanged,
            self.corrected + other.corrected,
            self.inserted + other.inserted,
            self.withdrawn + other.withdrawn,
            self.surplus + other.surplus,
            self.documents + other.documents,
        )


def correct(
    config: FlowConfig,
    ranges: Sequence[TouchedRange],
    *,
    without_stream: bool = False,
    proven_ms: Proven = NOT_PROVEN,
    report: Report = lambda _: None,
) -> list[Correction]:
    """Recompute the windows of ranges and correct what differs, for every metric.

    Args:
        config: of the run.
        ranges: in any order; they are widened to whole minutes.
        without_stream: also correct windows that the streams have not passed. Only for a time
            that no stream will ever write: it would write the same windows a second time.
        proven_ms: by market and symbol, the instant before which the exchange has no trade after
            the newest one in bronze.
        report: receives progress, in words.

    Returns:
        What became of each symbol's windows, by table.

    Raises:
        RecomputationError: the batch job failed.
        ClusterError: Flink refused it or does not answer.
        QueryError: Trino refused or does not answer.
    """
    found: list[Correction] = []
    for part in batches(ranges):
        report(f"recomputing {len(part)} ranges, from {instant(part[0].from_time_ms)} on")
        with recomputed(config, part, report, proven_ms) as staging:
            # Before the merges, which may withdraw a market's newest window.
            passed = {table.name: passed_until(config, table, part) for table in WINDOWS}
            for table in WINDOWS:
                found += _merge(
                    config,
                    table,
                    staging,
                    part,
                    passed[table.name],
                    without_stream=without_stream,
                )
        for table in WINDOWS:
            found += _align_live(config, table, part, passed[table.name])
    return summed(found)


def batches(ranges: Iterable[TouchedRange]) -> Iterator[list[TouchedRange]]:
    """Yield the ranges of each batch job: those of one day, UTC, and not too many of them."""
    cut = sorted(by_day(whole_minutes(ranges)), key=lambda one: (one.from_time_ms, one))
    for _, day in groupby(cut, key=lambda one: one.from_time_ms // DAY_MS):
        of_day = list(day)
        for start in range(0, len(of_day), MAX_RANGES):
            yield of_day[start : start + MAX_RANGES]


def _merge(
    config: FlowConfig,
    table: Table,
    staging: str,
    ranges: Sequence[TouchedRange],
    passed: Mapping[str, int],
    *,
    without_stream: bool,
) -> list[Correction]:
    """Correct a table of the lake; without anything to correct, nothing is committed."""
    changes, merge = merge_statements(
        config,
        table,
        staging,
        ranges,
        passed=passed,
        without_stream=without_stream,
        computed_at_ms=time.time_ns() // 1_000_000,
    )
    found = query(config.trino_url, changes)
    counts = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    corrections = [Correction(table.name, **row) for row in counts]
    if any(one.is_change for one in corrections):
        _commit(config, merge)
    return corrections


def _commit(config: FlowConfig, merge: str) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            query(config.trino_url, merge)
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
            time.sleep(attempt)
        else:
            return


def _align_live(
    config: FlowConfig,
    table: Table,
    ranges: Sequence[TouchedRange],
    passed: Mapping[str, int],
) -> list[Correction]:
    written = write_windows(config, table, live_statement(config, table, ranges, passed))
    return [
        Correction(table.name, market, symbol, documents=count)
        for (market, symbol), count in written.items()
    ]


def summed(corrections: Iterable[Correction]) -> list[Correction]:
    """Return one correction for each table and symbol."""
    totals: dict[tuple[str, str, str], Correction] = {}
    for one in corrections:
        key = (one.table, one.market, one.symbol)
        totals[key] = totals[key] + one if key in totals else one
    return list(totals.values())
