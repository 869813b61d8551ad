"""Colours and type of a report's plots; the page uses the same."""

from typing import Any

INK, SOFT, FAINT = "#1b1f24", "#5b6570", "#c9ced4"
LINE = "#1f4e8c"
BUY, SELL = "#2f7f79", "#b4543a"
LINES = ("#1f4e8c", "#b4543a", "#2f7f79", "#8a6d1d", "#6b4c9a", "#5b6570")
"""Of symbols in one plot; dark enough for text on white."""

WHOLE, PART, NOTHING, UNKNOWN, NO_ROW = "#8fb79a", "#e0a030", "#b83a30", "#b9bfc6", "#ffffff"
"""How complete a minute is."""

FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

STYLE: dict[Any, Any] = {
    # Text stays text, in the reader's own fonts.
    "svg.fonttype": "none",
    "svg.hashsalt": "tidemark",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e9ecef",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
}
