"""What became of rows that did not claim to be whole, once all faults were over and repaired.

Pure. Each must be whole or marked in every store that a repair corrects.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verify.chaos.judge import claims_whole, name_of
from verify.chaos.marks import Marks
from verify.chaos.truth import Truth
from verify.chaos.versions import CORRECTED, MONGODB, Observed, length_ms_of
from verify.expected import Key, Row


@dataclass(slots=True)
class Endings:
    """What became of windows.

    Attributes:
        repaired: rows that did not claim, or were not there, and claim at the end; by store and
            table.
        marked: rows that do not claim at the end, with a reason.
        unresolved: rows that are neither, in words.
        repair_s: seconds from the first version of a row in MongoDB to the first that claims.
    """

    repaired: Counter[tuple[str, str]] = field(default_factory=Counter)
    marked: Counter[tuple[str, str]] = field(default_factory=Counter)
    unresolved: list[str] = field(default_factory=list)
    repair_s: list[float] = field(default_factory=list)


def judge_endings(
    observed: Sequence[Observed], truth: Truth, marks: Marks, horizon_ms: int
) -> Endings:
    """Return what became of all windows that ended by an instant.

    Args:
        observed: of every store.
        truth: of the market.
        marks: of the pipeline.
        horizon_ms: event time up to which the stream had caught up before the repair.
    """
    endings = Endings()
    for one in observed:
        if one.store in CORRECTED:
            _judge(one, truth, marks, horizon_ms, endings)
    return endings


def _judge(
    observed: Observed, truth: Truth, marks: Marks, horizon_ms: int, endings: Endings
) -> None:
    name = observed.store, observed.table
    unclaimed = _first_unclaimed(observed)
    for key in _windows(observed, truth, horizon_ms):
        rows = observed.final.get(key, ())
        if _is_whole(observed.table, key, rows, truth):
            endings.repaired[name] += key in unclaimed
        elif marks.has(observed.table, key):
            endings.marked[name] += 1
        else:
            found = "no row" if not rows else _said(observed.table, rows[0])
            endings.unresolved.append(
                f"{observed.store} {observed.table} {name_of(key)}: expected it whole or marked, "
                f"found {found}"
            )
    if observed.store == MONGODB:
        endings.repair_s += unclaimed.values()


def _is_whole(table: str, key: Key, rows: Sequence[Row], truth: Truth) -> bool:
    """Return whether a window is whole; one of trades in which none was made has no row."""
    if not rows and not table.startswith("liquidity"):
        return not truth.trades_within(key, length_ms_of(table))
    return bool(rows) and all(claims_whole(table, row) for row in rows)


def _said(table: str, row: dict[str, object]) -> str:
    names = (
        ("synced_ms", "resyncs")
        if table.startswith("liquidity")
        else ("trade_count", "missing_trades", "completeness")
    )
    return ", ".join(f"{name} {row.get(name)}" for name in names)


def _windows(observed: Observed, truth: Truth, horizon_ms: int) -> Iterator[Key]:
    length_ms = length_ms_of(observed.table)
    keys = {version.key for version in observed.versions} | set(observed.final)
    if not observed.table.startswith("liquidity"):
        keys |= {
            (*one, start_ms)
            for one in truth.traded
            for start_ms in truth.windows_with_trades(one, length_ms)
        }
    yield from sorted(key for key in keys if key[2] + length_ms <= horizon_ms)


def _first_unclaimed(observed: Observed) -> dict[Key, float]:
    """Return the rows that did not claim at first and did later, and after how many seconds."""
    first: dict[Key, float] = {}
    later: dict[Key, float] = defaultdict(float)
    for version in sorted(observed.versions, key=lambda version: version.order):
        if not claims_whole(observed.table, version.row):
            first.setdefault(version.key, version.seen_s)
        elif version.key in first and version.key not in later:
            later[version.key] = version.seen_s - first[version.key]
    return dict(later)
