"""The strip below a report's plots: how complete each minute's trades and book are."""

from math import isnan
from typing import TYPE_CHECKING

from matplotlib.colors import BoundaryNorm, ListedColormap

from flows.report.data import MINUTES, SymbolDay
from flows.report.style import NO_ROW, NOTHING, PART, SOFT, UNKNOWN, WHOLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MINUTE_MS = 60_000
_STATES = {
    "complete": WHOLE,
    "in part": PART,
    "nothing": NOTHING,
    "unknown": UNKNOWN,
    "no row": NO_ROW,
}


def draw_completeness(axis: "Axes", day: SymbolDay) -> None:
    """Draw a row for trades and one for the book, one cell per minute, and a legend."""
    names = list(_STATES)
    colors = ListedColormap(list(_STATES.values()))
    norm = BoundaryNorm(range(len(names) + 1), len(names))
    cells = [[names.index(state) for state in states] for states in minute_states(day)]
    axis.imshow(
        cells,
        aspect="auto",
        interpolation="nearest",
        cmap=colors,
        norm=norm,
        extent=(0, MINUTES, 1.5, -0.5),
    )
    axis.set_yticks([0, 1], ["trades", "book"])
    axis.set_title("Completeness of each minute", loc="left", fontsize=9, fontweight="bold")
    axis.grid(visible=False)
    for number, (state, color) in enumerate(_STATES.items()):
        axis.text(
            0.42 + 0.115 * number,
            1.17,
            f"■ {state}" if color != NO_ROW else f"□ {state}",
            transform=axis.transAxes,
            color=color if color != NO_ROW else SOFT,
            fontsize=8.5,
        )


def minute_states(day: SymbolDay) -> tuple[list[str], list[str]]:
    """Return how complete each minute's trades are, and each minute's book, in words."""
    known = {row["minute"]: row["completeness"] for row in day.minutes if row["has_candle"]}
    trades = [_state(known[minute]) if minute in known else "no row" for minute in range(MINUTES)]
    book = [
        "no row" if isnan(synced_ms) else _state(synced_ms / _MINUTE_MS)
        for synced_ms in day.series("synced_ms")
    ]
    return trades, book


def _state(completeness: float | None) -> str:
    if completeness is None:
        return "unknown"
    if completeness >= 1:
        return "complete"
    return "in part" if completeness > 0 else "nothing"
