"""What must hold for rows before and after a repair, as comparisons of the proof.

*told*: before it, a window is that of an undisturbed run, or says that it may lack as much as it
does, or the trades that it lacks are named in `late_records`.
*values*: after it, every trade and window is that of an undisturbed run.
*provenance*: `revision` was raised once where a row was wrong, and nowhere else; `late_trades` are
those that the correction added; `backfilled_trades` are those of bronze that came by REST.
*repeated*: one more repair changes no row, `computed_at_ms` included.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from verify.compare import Comparison, compare, differing, outcome
from verify.expected import INTERVALS_MS, Key, Row
from verify.stores import Stores

CANDLES = tuple(f"candles_{interval}" for interval in INTERVALS_MS)
PROVENANCE = ("late_trades", "revision")
_STORES = ("mongodb", "silver")
"""Those that a repair corrects; topics keep the first results."""

Rows = Mapping[tuple[str, str], list[tuple[Key, Row]]]
"""By store and table."""
Tables = Mapping[str, Mapping[Key, Row]]
"""What an undisturbed run leads to, by table."""


def read_rows(stores: Stores) -> Rows:
    """Read every trade of bronze, every candle, and the late records."""
    rows = {("bronze", "trades"): stores.readers("trades")["bronze"]()}
    for name in CANDLES:
        readers = stores.readers(name)
        rows |= {(store, name): readers[store]() for store in _STORES}
    late = [(_trade_key(row), row) for row in stores.lake_rows("late_records")]
    return rows | {("ops", "late_records"): late}


def before(truth: Tables, rows: Rows) -> Iterator[Comparison]:
    """Yield whether windows report what they lack before they are repaired."""
    late_keys = {key for key, row in rows["ops", "late_records"] if row["trade_id"] is not None}
    late = [row for key, row in rows["bronze", "trades"] if key in late_keys]
    for name, store, found in _candles(rows):
        named = _by_window(name, late)
        wrong = [
            f"{key}: lacks {lacking} trades and says nothing of them"
            for key, wanted in truth[name].items()
            if (lacking := _unreported(wanted, found.get(key), named[key])) > 0
        ]
        yield outcome(store, name, "told", len(truth[name]), wrong)


def _unreported(wanted: Row, found: Row | None, named: int) -> int:
    """Return how many trades a window lacks without reporting them."""
    if found is None:
        return int(wanted["trade_count"]) - named
    if found["missing_trades"] is None:
        return 0
    lacking = wanted["trade_count"] - found["trade_count"]
    return int(lacking - found["missing_trades"] - named)


def after(truth: Tables, disturbed: Rows, repaired: Rows) -> Iterator[Comparison]:
    """Yield how rows compare with what they must be after the repair."""
    yield from compare("bronze", "trades", truth["trades"], repaired["bronze", "trades"])
    fetched = [row for _, row in repaired["bronze", "trades"] if row["source"] == "backfill"]
    for name, store, found in _candles(repaired):
        rows = repaired[store, name]
        yield from compare(store, name, truth[name], rows, without=PROVENANCE)
        was, backfilled = dict(disturbed[store, name]), _by_window(name, fetched)
        wrong = [
            f"{key} {column}: expected {value}, found {found[key][column]}"
            for key, wanted in truth[name].items()
            if key in found
            for column, value in (
                *_provenance(name, wanted, was.get(key)),
                ("backfilled_trades", backfilled[key]),
            )
            if found[key][column] != value
        ]
        yield outcome(store, name, "provenance", len(truth[name]), wrong)


def _provenance(name: str, wanted: Row, was: Row | None) -> Iterator[tuple[str, int]]:
    is_corrected = was is not None and bool(differing(name, wanted, was, PROVENANCE))
    yield "revision", int(is_corrected)
    added = wanted["trade_count"] - was["trade_count"] if was is not None and is_corrected else 0
    yield "late_trades", added


def repeated(repaired: Rows, again: Rows) -> Iterator[Comparison]:
    """Yield whether a second repair left every row unchanged."""
    for (store, name), rows in repaired.items():
        if store == "ops":
            continue
        unlike = set(map(_frozen, rows)) ^ set(map(_frozen, again[store, name]))
        wrong = [f"{key} was changed" for key in sorted({row[0] for row in unlike})]
        if len(rows) != len(again[store, name]):
            wrong.append(f"{len(rows)} rows became {len(again[store, name])}")
        yield outcome(store, name, "repeated", len(rows), wrong)


def _candles(rows: Rows) -> Iterator[tuple[str, str, dict[Key, Row]]]:
    """Yield table, store and rows by key of every table of candles."""
    for name in CANDLES:
        for store in _STORES:
            yield name, store, dict(rows[store, name])


def _by_window(name: str, trades: list[Row]) -> Counter[Key]:
    """Count trades by the key of their window."""
    length_ms = INTERVALS_MS[name.rpartition("_")[2]]
    return Counter(
        (row["market"], row["symbol"], row["event_time"] // length_ms * length_ms) for row in trades
    )


def _trade_key(row: Row) -> Key:
    return row["market"], row["symbol"], row["trade_id"]


def _frozen(row: tuple[Key, Row]) -> tuple[Key, tuple[tuple[str, object], ...]]:
    return row[0], tuple(sorted(row[1].items()))
