"""Find a shorter plan that still fails: leave parts out, larger ones first.

Pure. A try takes minutes, so their number is bounded; the shortest plan that failed is kept.
"""

from collections.abc import Callable

from verify.chaos.plan import Fault, Plan

MOST_TRIES = 8


def shrink(plan: Plan, fails: Callable[[Plan], bool], most_tries: int = MOST_TRIES) -> Plan:
    """Return the shortest plan found that fails.

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
