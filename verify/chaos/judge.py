"""Judge whether rows were true: pure, versions and truth in, findings out.

A row that claims to be whole must be what the market did, in every column that is exact. A window
in which trades were made must have a row as soon as a later window of its symbol has one in the
same store. How often a row was corrected, and when, is no part of either.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from verify.chaos.truth import Book, Truth
from verify.chaos.versions import Observed, Version, length_ms_of
from verify.compare import differing
from verify.expected import Key, Row

_NOT_EXACT = ("revision", "late_trades", "is_final")
"""The last one is the claim itself, in all tables; without it a row may still be right."""
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class FalseTrust:
    """A row that claimed to be whole and was not, or one that was not there.

    Attributes:
        place: where it was seen.
        finding: what was expected, and what was found.
    """

    store: str
    table: str
    key: Key
    place: str
    finding: str

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.store} {self.table} {name_of(self.key)}, {self.place}: {self.finding}"


def name_of(key: Key) -> str:
    """Return which window it is, in words."""
    market, symbol, start_ms = key
    start = datetime.fromtimestamp(start_ms / 1_000, UTC)
    return f"{market}|{symbol} {start:%H:%M:%S}"


def claims_whole(table: str, row: Row) -> bool:
    """Return whether a row says that it is whole."""
    if row.get("is_final"):
        return True
    if table.startswith("liquidity"):
        length_ms = length_ms_of(table)
        return row.get("synced_ms") == length_ms and row.get("resyncs") == 0
    return row.get("completeness") == 1 or row.get("missing_trades") == 0


def wrong_claims(observed: Observed, truth: Truth) -> Iterator[FalseTrust]:
    """Yield every version that claims to be whole and is not."""
    table, length_ms = observed.table, length_ms_of(observed.table)
    for version in observed.versions:
        known = version.key[2] + length_ms <= truth.end_ms
        if known and claims_whole(table, version.row):
            finding = _difference(table, version, truth)
            if finding:
                yield FalseTrust(observed.store, table, version.key, version.place, finding)


def _difference(table: str, version: Version, truth: Truth) -> str:
    wanted, found = truth.expected(table, version.key), version.row
    if wanted is None:
        return "claims to be whole, but nothing happened in the market to make it from"
    wrong = differing(table, wanted, found, _NOT_EXACT)
    return ", ".join(f"{name}: expected {wanted[name]}, found {found.get(name)}" for name in wrong)


def absent_windows(observed: Observed, truth: Truth) -> Iterator[FalseTrust]:
    """Yield every window that had no row although a later one of its symbol had one."""
    orders: dict[Book, dict[int, int]] = defaultdict(dict)
    for version in observed.versions:
        market, symbol, start_ms = version.key
        known = orders[market, symbol]
        known[start_ms] = min(version.order, known.get(start_ms, version.order))
    for one, known in sorted(orders.items()):
        for start_ms, later, after in _overtaken(one, known, observed, truth):
            came = "never came" if after is None else f"came {after} later"
            finding = f"had no row when {name_of((*one, later))} had one, and {came}"
            place = f"order {known[later]}"
            yield FalseTrust(observed.store, observed.table, (*one, start_ms), place, finding)


def _overtaken(
    one: Book, known: dict[int, int], observed: Observed, truth: Truth
) -> Iterator[tuple[int, int, int | None]]:
    """Yield window, the later one that was there before it, and by how much; None for never."""
    earliest: tuple[int, int] | None = None
    wanted = set(_wanted(one, known, observed.table, truth))
    # From the newest window back: `earliest` is the first that showed among all later ones.
    for start_ms in sorted({*known, *wanted}, reverse=True):
        order = known.get(start_ms)
        if earliest is not None and start_ms in wanted:
            came = _NEVER if order is None else order
            if came > earliest[0] + observed.slack:
                yield start_ms, earliest[1], None if order is None else order - earliest[0]
        if order is not None and (earliest is None or order <= earliest[0]):
            earliest = order, start_ms


def _wanted(one: Book, known: dict[int, int], table: str, truth: Truth) -> Iterable[int]:
    """Return the windows that must have a row once a later one has."""
    length_ms = length_ms_of(table)
    if table.startswith("liquidity"):
        return range(min(known), max(known), length_ms)
    return truth.windows_with_trades(one, length_ms)


def lost_or_doubled(observed: Observed, truth: Truth) -> Iterator[FalseTrust]:
    """Yield every row that is there more than once at the end, or that was there and is gone."""
    for key, rows in observed.final.items():
        if len(rows) > 1:
            finding = f"expected one row, found {len(rows)}"
            yield FalseTrust(observed.store, observed.table, key, "at the end", finding)
    for key in observed.vanished:
        if truth.trades_within(key, length_ms_of(observed.table)):
            finding = "was there, and then not any more"
            yield FalseTrust(observed.store, observed.table, key, "in a reading", finding)


def false_trust(observed: Sequence[Observed], truth: Truth) -> list[FalseTrust]:
    """Return every case of false trust."""
    return [
        found
        for one in observed
        for found in (
            *wrong_claims(one, truth),
            *absent_windows(one, truth),
            *lost_or_doubled(one, truth),
        )
    ]
