"""The plots of a report as SVG: one time axis in UTC, gaps as gaps, labels beside lines."""

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from flows.report.completeness import draw_completeness
from flows.report.data import MINUTES, Row, SymbolDay
from flows.report.numbers import amount, decimals, price, price_decimals
from flows.report.style import BUY, FAINT, INK, LINE, LINES, SELL, SOFT, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN = 10.6
_LABELLED_PAIRS = 6
"""This many correlations can be told apart: those furthest from zero."""


def draw_day(day: SymbolDay) -> str:
    """Return price, volume, spread, imbalance, volatility and completeness over one time axis."""
    panels: list[tuple[float, Callable[[Axes, SymbolDay], None]]] = [
        (3.2, _price),
        (1.3, _volume),
        (1.3, _spread),
        (1.1, _imbalance),
        (1.1, _volatility),
        (0.5, draw_completeness),
    ]
    heights = [height for height, _ in panels]
    with _figure(sum(heights) + 1.5) as (figure, svg):
        axes = figure.subplots(
            len(panels), sharex=True, gridspec_kw={"height_ratios": heights, "hspace": 0.34}
        )
        for axis, (_, draw) in zip(axes, panels, strict=True):
            draw(axis, day)
        _time_axis(axes[-1])
    return svg.getvalue()


def draw_correlations(day: SymbolDay) -> str:
    """Return the correlations with other symbols, empty when none is known."""
    others = _furthest_from_zero(day.correlations)
    if not others:
        return ""
    with _figure(2.6) as (figure, svg):
        axis = figure.subplots()
        figure.subplots_adjust(right=0.885)
        _title(axis, "Correlation of 1 min returns over the 60 minutes before")
        axis.axhline(0, color=FAINT, linewidth=0.8)
        ends = [_correlation(axis, rows, color) for rows, color in zip(others, LINES, strict=False)]
        _spread_labels(axis, ends)
        axis.set_ylim(-1.02, 1.02)
        _time_axis(axis)
    return svg.getvalue()


def _price(axis: "Axes", day: SymbolDay) -> None:
    _title(
        axis, f"Price, {quote_of(day.symbol)}", "close of each minute with its range; VWAP by hour"
    )
    minutes = [minute + 0.5 for minute in range(MINUTES)]
    axis.fill_between(minutes, day.series("low"), day.series("high"), color=LINE, alpha=0.25, lw=0)
    axis.plot(minutes, day.series("close"), color=LINE, linewidth=0.9, solid_capstyle="butt")
    for row in day.hours:
        if row["vwap"] is not None:
            axis.hlines(row["vwap"], *_hour(row), color=INK, linewidth=1.1, linestyles=(0, (4, 2)))
    shown = [row for row in day.minutes if row["close"] is not None]
    if shown:
        last = float(shown[-1]["close"])
        _label(axis, last, price(shown[-1]["close"]), LINE, shown[-1]["minute"] + 1)
        axis.yaxis.set_major_formatter(_plain(max(0, price_decimals(last) - 2)))


def _volume(axis: "Axes", day: SymbolDay) -> None:
    _title(axis, f"Volume in 5 min, {quote_of(day.symbol)}", "taker buys up, taker sells down")
    for column, sign, color in (
        ("taker_buy_volume_quote", 1, BUY),
        ("taker_sell_volume_quote", -1, SELL),
    ):
        sums = _five_minutes(day.series(column))
        axis.bar(
            [5 * number + 2.5 for number, _ in sums],
            [sign * value for _, value in sums],
            width=4,
            color=color,
        )
    axis.axhline(0, color=FAINT, linewidth=0.8)
    axis.yaxis.set_major_formatter(lambda value, _: amount(abs(value)))


def _five_minutes(values: Sequence[float]) -> list[tuple[int, float]]:
    """Return sums of five minutes, by their number; none where no minute is known."""
    sums: dict[int, float] = {}
    for minute, value in enumerate(values):
        if value == value:
            sums[minute // 5] = sums.get(minute // 5, 0.0) + value
    return list(sums.items())


def _spread(axis: "Axes", day: SymbolDay) -> None:
    _title(axis, "Spread, bps", "mean of each minute, by time; mean of each hour")
    minutes = [minute + 0.5 for minute in range(MINUTES)]
    axis.plot(minutes, day.series("spread_bps_mean"), color=LINE, linewidth=0.6, alpha=0.55)
    _hour_steps(axis, day, "spread_bps_mean", lambda value: decimals(value, 3))
    axis.set_ylim(bottom=0)


def _imbalance(axis: "Axes", day: SymbolDay) -> None:
    _title(axis, "Order book imbalance, best 5 levels", "mean of each hour; above 0 more is bid")
    _hour_bars(axis, day, "obi_5_mean", lambda value: BUY if value >= 0 else SELL)
    axis.axhline(0, color=FAINT, linewidth=0.8)


def _volatility(axis: "Axes", day: SymbolDay) -> None:
    _title(axis, "Realised volatility of the hour, %", "of returns of 1 s closes, not annualised")
    _hour_bars(axis, day, "realised_volatility", lambda _: LINE, scale=100)


def _hour_steps(axis: "Axes", day: SymbolDay, column: str, text: Callable[[float], str]) -> None:
    known = [row for row in day.hours if row[column] is not None]
    for row in known:
        axis.hlines(row[column], *_hour(row), color=INK, linewidth=1.4)
    if known:
        _label(axis, known[-1][column], text(known[-1][column]), INK, _hour(known[-1])[1])


def _hour_bars(
    axis: "Axes", day: SymbolDay, column: str, color: Callable[[float], str], scale: float = 1
) -> None:
    for row in day.hours:
        value = row[column]
        if value is not None:
            axis.bar(60 * row["hour"] + 30, scale * value, width=52, color=color(value), alpha=0.85)


def _hour(row: Row) -> tuple[float, float]:
    return 60 * row["hour"] + 2, 60 * row["hour"] + 58


def _furthest_from_zero(rows: Sequence[Row]) -> list[list[Row]]:
    others: dict[str, list[Row]] = {}
    for row in rows:
        if row["correlation"] is not None:
            others.setdefault(row["other_symbol"], []).append(row)
    ordered = sorted(others.values(), key=lambda one: -max(abs(row["correlation"]) for row in one))
    return ordered[:_LABELLED_PAIRS]


def _correlation(axis: "Axes", rows: list[Row], color: str) -> tuple[float, str, str]:
    """Draw one pair, broken where a window is missing, and return its label."""
    known = {row["minute"]: row["correlation"] for row in rows}
    ends = range(min(known), max(known) + 1, 15)
    axis.plot(ends, [known.get(end, float("nan")) for end in ends], color=color, linewidth=1.3)
    last = known[max(known)]
    return last, f"{rows[0]['other_symbol']} {decimals(last, 2)}", color


def _spread_labels(axis: "Axes", ends: list[tuple[float, str, str]]) -> None:
    """Write labels at the right, in the order of their lines and none over another."""
    below = -2.0
    for value, text, color in sorted(ends):
        below = max(value, below + 0.17)
        _label(axis, below, text, color, MINUTES)


def _label(axis: "Axes", value: Any, text: str, color: str, minute: float) -> None:
    axis.annotate(
        text,
        (minute, float(value)),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=color,
        fontsize=8.5,
        annotation_clip=False,
    )


def _title(axis: "Axes", what: str, how: str = "") -> None:
    axis.set_title(what, loc="left", fontsize=9, fontweight="bold", pad=5)
    axis.set_title(how, loc="right", fontsize=8.5, color=SOFT, pad=5)


def _time_axis(axis: "Axes") -> None:
    axis.set_xlim(0, MINUTES)
    hours = range(0, 25, 2)
    axis.set_xticks([60 * hour for hour in hours], [f"{hour:02}:00" for hour in hours])
    axis.annotate(
        "UTC",
        (0, 0),
        xytext=(-26, -7),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        color=SOFT,
    )


def _plain(places: int) -> Callable[[float, float], str]:
    return lambda value, _: f"{value:,.{places}f}"


def quote_of(symbol: str) -> str:
    """Return the currency that a symbol is quoted in, as far as its name shows."""
    known = ("USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY")
    return next((one for one in known if symbol.endswith(one) and symbol != one), "quote currency")


@contextmanager
def _figure(height_in: float) -> Iterator[tuple[Figure, io.StringIO]]:
    """Yield a figure that is written as SVG at the end of the block."""
    svg = io.StringIO()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH_IN, height_in))
        figure.subplots_adjust(
            left=0.062, right=0.935, top=1 - 0.3 / height_in, bottom=0.5 / height_in
        )
        yield figure, svg
        with warnings.catch_warnings():
            # Text stays text: the viewer's fonts draw it, so glyphs may be missing here.
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            figure.savefig(svg, format="svg", metadata={"Date": None})
