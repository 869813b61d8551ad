"""Run plans one after another, each in a namespace of its own, and print what was found."""

import json
import shutil
import sys
from collections.abc import Callable

import click
from rich.console import Console

from stack import pipeline
from stack.settings import Settings
from verify.chaos.plan import Fault, Plan
from verify.chaos.run import Outcome, journal_of, run_plan
from verify.chaos.view import outcome_json, show_outcome, show_plan
from verify.proof import own_namespace

MOST_TRIES = 8


class Session:
    """Runs plans on a stack.

    Args:
        settings: of the stack, which is up.
        report: called with every step, in words.
        keep: whether what a run leaves is kept.
    """

    def __init__(self, settings: Settings, report: Callable[[str], None], *, keep: bool) -> None:
        self._settings = settings
        self._report = report
        self._keep = keep

    def prove(self, plan: Plan, *, shrinks: bool, as_json: bool) -> bool:
        """Run a plan, print what it has found, and return whether it found nothing wrong.

        Args:
            plan: what goes wrong.
            shrinks: whether a plan that fails is made shorter.
            as_json: whether JSON is printed instead of tables.
        """
        console = Console(width=None if sys.stdout.isatty() else 140)
        show_plan(plan, Console(stderr=True, width=140))
        outcome = self._run(plan)
        shortest = None
        if shrinks and not outcome.green:
            shortest = shrink(plan, lambda shorter: not self._run(shorter).green)
        if as_json:
            extra = {"shortest": shortest.to_json()} if shortest else {}
            click.echo(json.dumps(outcome_json(outcome) | extra, indent=2))
        else:
            show_outcome(outcome, console)
            if shortest:
                show_plan(shortest, console, "shortest plan that still fails")
                click.echo(json.dumps(shortest.to_json()))
        return outcome.green

    def _run(self, plan: Plan) -> Outcome:
        settings = own_namespace(self._settings)
        name = settings.namespace.prefix
        self._report(f"run: seed {plan.seed}, {len(plan.faults)} faults, namespace {name}")
        try:
            outcome = run_plan(settings, plan, self._report)
        finally:
            if self._keep:
                self._report(f"kept: namespace {name}")
            else:
                pipeline.tear_down(settings)
                shutil.rmtree(journal_of(settings), ignore_errors=True)
        self._report("run: green" if outcome.green else "run: NOT VERIFIED")
        return outcome


def shrink(plan: Plan, fails: Callable[[Plan], bool], most_tries: int = MOST_TRIES) -> Plan:
    """Return the shortest plan found that still fails: parts are left out, larger ones first.

    A try takes minutes, so their number is bounded; the shortest plan that failed is kept.

    Args:
        plan: that fails.
        fails: runs a plan.
        most_tries: plans to run at most.
    """
    faults, parts = list(plan.faults), 2
    tries = 0
    while len(faults) > 1 and tries < most_tries:
        for rest in _without_a_part(faults, parts):
            if tries == most_tries:
                break
            tries += 1
            if fails(plan.with_faults(rest)):
                faults, parts = rest, max(2, parts - 1)
                break
        else:
            if parts >= len(faults):
                break
            parts = min(len(faults), parts * 2)
    return plan.with_faults(faults)


def _without_a_part(faults: list[Fault], parts: int) -> list[list[Fault]]:
    """Return what is left when each of `parts` equal parts is left out in turn."""
    size = -(-len(faults) // parts)
    starts = range(0, len(faults), size)
    return [faults[:start] + faults[start + size :] for start in starts]
