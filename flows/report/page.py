"""A report as one self-contained HTML page: plots are inline, fonts are the reader's."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from flows.report.data import SymbolDay
from flows.report.figures import draw_correlations, draw_day
from flows.report.style import FONT
from flows.report.tables import (
    COMPLETENESS,
    MARKET,
    headline,
    html_table,
    is_lacking,
    markdown_table,
)


def symbol_page(day: SymbolDay, made_at: datetime) -> str:
    """Return the page of a symbol's day."""
    correlations = draw_correlations(day)
    parts = [
        _notice(day),
        _numbers(day),
        _inline(draw_day(day)),
        f"<h2>Correlations</h2>{_inline(correlations)}" if correlations else "",
        f"<h2>The market by hour</h2>{html_table(MARKET, day.hours)}",
        f"<h2>How complete each hour is</h2>{html_table(COMPLETENESS, day.hours)}",
        '<p class="under">A coloured hour lacks trades, minutes or some of the book. Trades that '
        "are missing over a change of hour count in each hour that they may belong to.</p>",
    ]
    return _page(
        title=f"{day.symbol} {day.day}",
        heading=escape(day.symbol),
        under=f"{escape(day.market)}, {day.day:%A, %-d %B %Y}, UTC · "
        f'<a href="index.html">all symbols of the day</a>',
        body="\n".join(part for part in parts if part),
        footer=f"Made {made_at:%Y-%m-%d %H:%M} UTC from the tables candles_1m and liquidity_1m of "
        "silver, and candles_1h, liquidity_1h, volatility_1h, correlations and daily_summary of "
        "gold. Volumes are in quote currency. Trade imbalance is (taker buys − taker sells) / "  # noqa: RUF001
        "both; OBI is (bid size − ask size) / both over the best five levels, weighted by the "  # noqa: RUF001
        "time that the book was verified. A missing trade is one whose id the exchange gave and "
        "nobody received. A dash is a value that is not known.",
    )


def index_page(days: Sequence[SymbolDay], made_at: datetime) -> str:
    """Return the page that lists the symbols of a day."""
    rows = "\n".join(_index_row(day) for day in days)
    head = "".join(f"<th>{escape(name)}</th>" for name in ("symbol", *_headings(days)))
    return _page(
        title=f"Markets {days[0].day}",
        heading="Markets",
        under=f"{days[0].day:%A, %-d %B %Y}, UTC",
        body=f'<div class="wide"><table>\n<tr>{head}</tr>\n{rows}\n</table></div>',
        footer=f"Made {made_at:%Y-%m-%d %H:%M} UTC from daily_summary of gold.",
    )


def file_name(day: SymbolDay) -> str:
    """Return the file name of a symbol's page, which lies beside the others of its day."""
    return f"{day.market}_{day.symbol}.html"


def markdown(day: SymbolDay, address: str) -> str:
    """Return the numbers of a symbol's day for the dashboard, and where the page is."""
    numbers = "\n".join(f"| {name} | {value} | {remark} |" for name, value, remark in headline(day))
    lacking = sum(is_lacking(row) for row in day.hours)
    return (
        f"# {day.symbol}, {day.day}\n\n{day.market} · page: `{address}`\n\n"
        f"| | | |\n|---|---:|---|\n{numbers}\n\n"
        f"{lacking} of 24 hours lack something.\n\n"
        f"## The market by hour\n\n{markdown_table(MARKET, day.hours)}\n\n"
        f"## How complete each hour is\n\n{markdown_table(COMPLETENESS, day.hours)}\n"
    )


def _headings(days: Sequence[SymbolDay]) -> list[str]:
    return next((names for day in days if (names := [one for one, _, _ in headline(day)])), [])


def _index_row(day: SymbolDay) -> str:
    cells = "".join(f"<td>{escape(value)}</td>" for _, value, _ in headline(day))
    return f'<tr><td><a href="{quote(file_name(day))}">{escape(day.symbol)}</a></td>{cells}</tr>'


def _notice(day: SymbolDay) -> str:
    if not day.summary:
        return (
            '<p class="notice">This day is not rolled up; hours and totals are not known yet.</p>'
        )
    lacking = [row for row in day.hours if is_lacking(row)]
    if not lacking:
        return ""
    hours = ", ".join(f"{row['hour']:02}" for row in lacking)
    return f'<p class="notice">{len(lacking)} of 24 hours lack something: {hours} h.</p>'


def _numbers(day: SymbolDay) -> str:
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(remark)}</small></dd></div>"
        for name, value, remark in headline(day)
    )
    return f"<dl>{cells}</dl>" if cells else ""


def _inline(svg: str) -> str:
    """Return a figure as a part of the page, in the page's fonts."""
    drawing = svg[svg.index("<svg") :]
    return drawing.replace("sans-serif", FONT).replace("'DejaVu Sans', ", "")


def _page(**parts: str) -> str:
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return Template(text).substitute(parts)
