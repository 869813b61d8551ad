"""What a run has found, for people and as JSON."""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from verify.chaos.plan import Plan
from verify.chaos.run import Outcome

_EXAMPLES = 20
_COLUMNS = ("published", "claimed whole", "FALSE TRUST", "did not claim", "repaired", "marked")


def show_plan(plan: Plan, console: Console, title: str = "plan") -> None:
    """Print a plan, one line per fault."""
    console.print(
        f"{title}: seed {plan.seed}, {plan.symbols} symbols, {plan.minutes:g} minutes, "
        f"{len(plan.faults)} faults"
    )
    for fault in plan.faults:
        console.print(f"  {fault}", highlight=False)


def show_outcome(outcome: Outcome, console: Console) -> None:
    """Print the plan, the counts, and what was false."""
    show_plan(outcome.plan, console)
    table = Table("store", "table", *_COLUMNS)
    for (store, name), numbers in _counts(outcome).items():
        cells = [f"{numbers[column]:,}" for column in _COLUMNS]
        table.add_row(store, name, *cells, style="red" if numbers["FALSE TRUST"] else "green")
    console.print(table)
    console.print(f"time to repair: {_repair_time(outcome.endings.repair_s)}")
    for text in problems(outcome):
        console.print(f"  {text}", style="red", highlight=False)
    console.print(
        f"seed {outcome.plan.seed}: no false trust, and every row is whole or marked"
        if outcome.green
        else f"seed {outcome.plan.seed}: NOT VERIFIED"
    )


def problems(outcome: Outcome, most: int = _EXAMPLES) -> list[str]:
    """Return examples of all that was wrong."""
    words = [f"false trust: {one}" for one in outcome.false_trust[:most]]
    words += [f"neither whole nor marked: {one}" for one in outcome.endings.unresolved[:most]]
    words += [f"late and not marked: {one}" for one in outcome.unmarked_late[:most]]
    words += [f"not caught up: {one}" for one in outcome.lagging]
    return [*words, *outcome.failures]


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return a run as JSON values; `plan` is one that ``--plan`` takes."""
    return {
        "seed": outcome.plan.seed,
        "green": outcome.green,
        "namespace": outcome.namespace,
        "plan": outcome.plan.to_json(),
        "rows": [
            {"store": store, "table": name, **{key.lower().replace(" ", "_"): value
                                               for key, value in numbers.items()}}
            for (store, name), numbers in _counts(outcome).items()
        ],
        "false_trust": [str(one) for one in outcome.false_trust],
        "unresolved": list(outcome.endings.unresolved),
        "unmarked_late": list(outcome.unmarked_late),
        "lagging": list(outcome.lagging),
        "failures": list(outcome.failures),
        "repair_s": {"median": _median(outcome.endings.repair_s),
                     "max": max(outcome.endings.repair_s, default=None)},
    }  # fmt: skip


def _counts(outcome: Outcome) -> dict[tuple[str, str], dict[str, int]]:
    false = Counter((one.store, one.table) for one in outcome.false_trust)
    return {
        name: {
            "published": number,
            "claimed whole": outcome.claimed[name],
            "FALSE TRUST": false[name],
            "did not claim": number - outcome.claimed[name],
            "repaired": outcome.endings.repaired[name],
            "marked": outcome.endings.marked[name],
        }
        for name, number in outcome.published.items()
    }


def _repair_time(seconds: Sequence[float]) -> str:
    if not seconds:
        return "nothing was repaired"
    return f"median {_median(seconds):.1f} s, max {max(seconds):.1f} s of {len(seconds)} rows"


def _median(seconds: Sequence[float]) -> float | None:
    return statistics.median(seconds) if seconds else None
