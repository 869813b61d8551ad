"""The tables of a report, for the page and the dashboard alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from flows.report.data import Row, SymbolDay
from flows.report.numbers import amount, count, decimals, percent, price, signed

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, with the unit, and how it shows a row."""

    heading: str
    cell: Callable[[Row], str]


def _plain(heading: str, name: str, show: Callable[[Any], str]) -> Column:
    return Column(heading, lambda row: show(row[name]))


_TIME = Column("UTC", lambda row: f"{row['hour']:02}:00")

MARKET = (
    _TIME,
    _plain("open", "open", price),
    _plain("high", "high", price),
    _plain("low", "low", price),
    _plain("close", "close", price),
    _plain("VWAP", "vwap", price),
    _plain("volume, quote", "volume_quote", amount),
    _plain("trades", "trade_count", count),
    _plain("trade imbalance", "trade_imbalance", lambda value: signed(value, 3)),
    _plain("spread, bps", "spread_bps_mean", lambda value: decimals(value, 3)),
    _plain("OBI, 5 levels", "obi_5_mean", lambda value: signed(value, 3)),
    Column("volatility, %", lambda row: decimals(_times(row["realised_volatility"], 100), 3)),
)
"""The market by hour."""

COMPLETENESS = (
    _TIME,
    _plain("minutes", "minutes", lambda value: f"{value} / 60"),
    _plain("trades expected", "expected_trades", count),
    _plain("missing", "missing_trades", count),
    _plain("backfilled", "backfilled_trades", count),
    _plain("late", "late_trades", count),
    Column("book known, %", lambda row: percent(_share(row["synced_ms"], _HOUR_MS))),
    _plain("book lost", "resyncs", count),
    _plain("revised minutes", "revised_minutes", count),
    _plain("repairs", "repairs", count),
)
"""How complete each hour is."""


def _times(value: Any, factor: float) -> float | None:
    return None if value is None else float(value) * factor


def _missing(trades: int | None) -> str:
    return "whether any is missing is unknown" if trades is None else f"{count(trades)} missing"


def _share(value: Any, whole: int) -> float | None:
    return None if value is None else value / whole


def is_lacking(row: Row) -> bool:
    """Return whether an hour is known to lack something, or is not known to be whole."""
    return bool(
        row["minutes"] < 60 or row["missing_trades"] != 0 or row["synced_ms"] not in (_HOUR_MS,)
    )


def html_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return a table for the page; hours that lack something stand out."""
    head = "".join(f"<th>{escape(column.heading)}</th>" for column in columns)
    body = "\n".join(
        ('<tr class="lacking">' if is_lacking(row) else "<tr>")
        + "".join(f"<td>{escape(column.cell(row))}</td>" for column in columns)
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'


def markdown_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return a table for the dashboard."""
    lines = [
        [column.heading for column in columns],
        ["---:" for _ in columns],
        *([column.cell(row) for column in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def headline(day: SymbolDay) -> list[tuple[str, str, str]]:
    """Return name, value and remark of the day's few most important numbers."""
    one = day.summary
    if not one:
        return []
    change = 100 * (float(one["close"]) / float(one["open"]) - 1)
    return [
        ("Close", price(one["close"]), f"{signed(change, 2)} % on the day"),
        ("High", price(one["high"]), f"low {price(one['low'])}"),
        ("VWAP", price(one["vwap"]), f"volume {amount(one['volume_quote'])}"),
        ("Trades", count(one["trade_count"]), _missing(one["missing_trades"])),
        (
            "Volatility, %",
            decimals(_times(one["realised_volatility"], 100), 2),
            "not annualised",
        ),
        (
            "Spread, bps",
            decimals(one["spread_bps_mean"], 3),
            f"OBI {signed(one['obi_5_mean'], 3)}",
        ),
        (
            "Complete, %",
            percent(one["completeness"]),
            f"book {percent(_share(one['synced_ms'], 24 * _HOUR_MS))} %",
        ),
    ]
