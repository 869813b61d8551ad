"""Compare rows with what they must be: per store, table and metric, exactly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidemark.verify.expected import Key, Row

METRICS: dict[str, dict[str, tuple[str, ...]]] = {
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
        expected: rows that there must be.
        equal: rows found once, with every column as it must be.
        missing: rows not found.
        surplus: rows found that there must not be, further copies of a row included.
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
    return METRICS[table.split("_", maxsplit=1)[0]]


def compare(
    store: str, table: str, expected: Mapping[Key, Row], found: Sequence[tuple[Key, Row]]
) -> list[Comparison]:
    """Compare all rows of a table in a store; one result for each of its metrics."""
    copies = Counter(key for key, _ in found)
    rows = dict(found)
    missing = [key for key in expected if key not in rows]
    surplus = [key for key in copies if key not in expected]
    extra = sum(copies.values()) - len(copies) + len(surplus)
    words = [f"missing {key}" for key in missing] + [f"surplus {key}" for key in surplus]
    words += [f"{count} copies of {key}" for key, count in copies.items() if count > 1]
    results = []
    for metric, columns in metrics_of(table).items():
        wrong = _differences(expected, rows, columns)
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
    return type(found) is type(wanted) and found == wanted
