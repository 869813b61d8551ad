"""The story of a bad day: trades missed, trades late, a killed TaskManager, and one repair."""

import json
from collections import Counter

from tests.integration.pipelines import tidemark
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures


@needs_captures
def test_one_repair_makes_every_window_that_of_an_undisturbed_run_and_a_second_changes_nothing(
    stack: RunningStack,
) -> None:
    faults = ("--fault", "cut,late,kill")
    done = tidemark(stack, "verify", "--capture", str(CAPTURES), *faults, "--json", within_s=1_500)
    assert done.stdout, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    red = [row for row in found["comparisons"] if not row["green"]]
    assert red == []
    assert done.returncode == 0
    # Whether the faults struck is the command's own condition.
    assert "kill -9 taskmanager" in done.stderr
    rows = {
        (row["store"], row["table"], row["metric"]): row["equal"] for row in found["comparisons"]
    }
    assert rows["bronze", "trades", "trade"] == 19_904
    for metric in ("told", "vwap", "completeness", "provenance", "repeated"):
        for store in ("mongodb", "silver"):
            assert rows[store, "candles_1s", metric] == 645
    assert Counter(store for store, _, _ in rows)["lake"] == 2
