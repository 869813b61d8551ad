"""Compare rows exactly with what they must be, by store, table and metric."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from verify.expected import Key, OrUnknown, Row

_SIDE_DEPTHS = tuple(
    f"{side}_depth_quote_{bps}_bps" for side in ("bid", "ask") for bps in (10, 25, 50)
)
_SIDE_SIZES = tuple(
    f"{side}_{name}"
    for side in ("bid", "ask")
    for name in ("price", "size", "size_sum_5", "size_sum_20")
)

METRICS: dict[str, dict[str, tuple[str, ...]]] = {
    "book_tops": {"book top": ("event_time_ms", *_SIDE_SIZES), "depth": _SIDE_DEPTHS},
    "book_snapshots": {"20 levels": ("last_update_id", "digest")},
    "liquidity": {
        "spread": tuple(
            f"{name}_{end}"
            for name in ("spread", "spread_bps")
            for end in ("mean", "min", "max", "last")
        ),
        "order book imbalance": tuple(
            f"obi_{count}_{end}" for count in (1, 5, 20) for end in ("mean", "last")
        ),
        "mid, microprice": ("mid_last", "microprice_last"),
        "depth": _SIDE_DEPTHS,
        "completeness": (
            "window_end",
            "update_count",
            "synced_ms",
            "resyncs",
            "max_quote_age_ms",
            "completeness",
            "revision",
            "is_final",
        ),
    },
    "effective_spread": {
        "effective spread": ("effective_spread_bps_mean",),
        "completeness": (
            "window_end",
            "quoted_trade_count",
            "trade_count",
            "completeness",
            "revision",
            "is_final",
        ),
    },
    "trades": {"trade": ("price", "quantity", "taker_side", "event_time")},
    "candles": {
        "vwap": ("vwap",),
        "ohlc": ("open", "high", "low", "close"),
        "volume": (
            "volume_base",
            "volume_quote",
            "taker_buy_volume_base",
            "taker_sell_volume_base",
            "taker_buy_volume_quote",
            "taker_sell_volume_quote",
        ),
        "trade_imbalance": ("trade_imbalance",),
        "completeness": (
            "window_end",
            "trade_count",
            "first_trade_id",
            "last_trade_id",
            "expected_trades",
            "missing_trades",
            "late_trades",
            "completeness",
            "revision",
            "is_final",
        ),
    },
}
"""The columns of each metric, by kind of table; a row is wrong in a metric if one differs."""

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one metric of one table in one store compares.

    Attributes:
        expected: rows that must be there.
        equal: rows found once, with every column as it must be.
        missing: rows not found.
        surplus: rows found that must not be there, further copies of a row included.
        wrong: rows found with another value.
        examples: a few differences in words.
    """

    store: str
    table: str
    metric: str
    expected: int
    equal: int
    missing: int
    surplus: int
    wrong: int
    examples: tuple[str, ...]

    @property
    def green(self) -> bool:
        """True when there is no difference."""
        return self.equal == self.expected and not (self.missing or self.surplus or self.wrong)


def metrics_of(table: str) -> dict[str, tuple[str, ...]]:
    """Return the metrics of a table by its name, such as ``candles_1s``."""
    return METRICS.get(table) or METRICS[table.rpartition("_")[0]]


def compare(
    store: str,
    table: str,
    expected: Mapping[Key, Row],
    found: Sequence[tuple[Key, Row]],
    without: Collection[str] = (),
) -> list[Comparison]:
    """Compare all rows of a table in a store; one result for each of its metrics.

    Args:
        store: whose rows are compared.
        table: its name.
        expected: by key.
        found: as read, copies included.
        without: columns that are left out.
    """
    copies = Counter(key for key, _ in found)
    rows = dict(found)
    missing = [key for key in expected if key not in rows]
    surplus = [key for key in copies if key not in expected]
    extra = sum(copies.values()) - len(copies) + len(surplus)
    words = [f"missing {key}" for key in missing] + [f"surplus {key}" for key in surplus]
    words += [f"{count} copies of {key}" for key, count in copies.items() if count > 1]
    results = []
    for metric, columns in metrics_of(table).items():
        wrong = _differences(expected, rows, [name for name in columns if name not in without])
        results.append(
            Comparison(
                store=store,
                table=table,
                metric=metric,
                expected=len(expected),
                equal=len(expected) - len(missing) - len(wrong),
                missing=len(missing),
                surplus=extra,
                wrong=len(wrong),
                examples=tuple([*words, *wrong][:_EXAMPLES]),
            )
        )
    return results


def outcome(store: str, table: str, metric: str, expected: int, wrong: Sequence[str]) -> Comparison:
    """Return a comparison of rows that are there; `wrong` describes each wrong row."""
    equal = expected - len(wrong)
    return Comparison(
        store, table, metric, expected, equal, 0, 0, len(wrong), tuple(wrong[:_EXAMPLES])
    )


def differing(table: str, wanted: Row, found: Row, without: Collection[str] = ()) -> list[str]:
    """Return the columns in which a row differs from what it must be."""
    columns = (name for names in metrics_of(table).values() for name in names)
    return [
        name for name in columns if name not in without and not _same(found.get(name), wanted[name])
    ]


def _differences(
    expected: Mapping[Key, Row], rows: Mapping[Key, Row], columns: Sequence[str]
) -> list[str]:
    differences = []
    for key, wanted in expected.items():
        row = rows.get(key)
        if row is None:
            continue
        wrong = [name for name in columns if not _same(row.get(name), wanted[name])]
        if wrong:
            name = wrong[0]
            differences.append(f"{key} {name}: expected {wanted[name]}, found {row.get(name)}")
    return differences


def _same(found: object, wanted: object) -> bool:
    """Equal in type and value: a number where null must be, or a float for a decimal, is wrong."""
    if isinstance(wanted, OrUnknown):
        return found is None or _same(found, wanted.value)
    return type(found) is type(wanted) and found == wanted
