"""Data docs: one HTML page per run, which needs no fonts, scripts or network."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from expectations.rules import Rule, Verdict
from flows.shared.findings import Range

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem;
       color: #1c2330; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem;
         border-bottom: 1px solid #d9dee7; }
td.count { text-align: right; font-variant-numeric: tabular-nums; }
.red { background: #fdecea; } .mark { font-weight: 600; white-space: nowrap; }
.red .mark { color: #a3180b; } .green .mark { color: #17683a; }
summary { cursor: pointer; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; } nav a { white-space: nowrap; }
td { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { color: #dfe5ee; background: #161a21; } th, td { border-color: #333b48; }
  .red { background: #3a1d1a; } .red .mark { color: #ff9c8f; } .green .mark { color: #7bd3a0; }
  a { color: #8ab8ff; }
}
"""

Rules = Mapping[str, Mapping[str, Rule]]
"""Rules by table and name."""


def render(span: Range, checked_at: datetime, verdicts: Sequence[Verdict], rules: Rules) -> str:
    """Return the page of a run.

    Args:
        span: event time that was checked.
        checked_at: our clock.
        verdicts: of every table.
        rules: what the verdicts are about; a check without one shows its name only.
    """
    by_table: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        by_table[one.table_name].append(one)
    red = sum(not one.is_green for one in verdicts)
    title = f"Quality of {span} UTC"
    links = "".join(
        f'<a href="#{escape(name)}">{escape(name)} ({_red(found)} red)</a>'
        for name, found in by_table.items()
    )
    sections = "".join(
        _section(name, found, rules.get(name, {})) for name, found in by_table.items()
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{len(verdicts)} results, {red} red; checked {checked_at:%Y-%m-%d %H:%M:%S} UTC.</p>"
        f"<nav>{links}</nav>{sections}</body></html>\n"
    )


def _section(name: str, verdicts: Sequence[Verdict], rules: Mapping[str, Rule]) -> str:
    first = sorted(verdicts, key=lambda one: one.is_green)
    rows = "".join(_row(one, rules.get(one.check_name)) for one in first)
    opened = " open" if _red(verdicts) else ""
    return (
        f'<h2 id="{escape(name)}">{escape(name)}</h2><details{opened}><summary>{len(verdicts)} '
        f"results, {_red(verdicts)} red; {verdicts[0].found_rows:,} rows</summary><table><tr>"
        "<th></th><th>check</th><th>expected</th><th>because</th><th>symbol</th><th>wrong rows</th>"
        f"<th>found</th></tr>{rows}</table></details>"
    )


def _row(verdict: Verdict, rule: Rule | None) -> str:
    colour = "green" if verdict.is_green else "red"
    cells = (
        verdict.check_name,
        str(rule) if rule else "",
        rule.reason if rule else "",
        f"{verdict.market} {verdict.symbol}".strip(),
    )
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return (
        f'<tr class="{colour}"><td class="mark">{colour}</td>{shown}'
        f'<td class="count">{verdict.wrong_rows:,}</td><td>{escape(verdict.detail)}</td></tr>'
    )


def _red(verdicts: Sequence[Verdict]) -> int:
    return sum(not one.is_green for one in verdicts)
