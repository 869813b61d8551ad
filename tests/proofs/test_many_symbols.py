"""Recorded markets with many busy symbols, on a good day and on a bad one."""

import json
from pathlib import Path

from tests.integration.pipelines import tidemark
from tests.support.many_symbols import EIGHT, under_many_names
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures


@needs_captures
def test_a_bad_day_of_eight_busy_symbols_is_corrected_by_one_repair(
    stack: RunningStack, tmp_path: Path
) -> None:
    folder = under_many_names(CAPTURES, tmp_path, kinds=("trade",), seconds=360)
    faults = ("--fault", "cut,late,kill")
    done = tidemark(stack, "verify", "--capture", str(folder), *faults, "--json", within_s=800)
    assert done.stdout, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    assert [row for row in found["comparisons"] if not row["green"]] == []
    assert done.returncode == 0
    assert "kill -9 taskmanager" in done.stderr
    rows = {(row["store"], row["table"], row["metric"]): row for row in found["comparisons"]}
    assert rows["silver", "candles_1s", "told"]["equal"] > 200 * len(EIGHT)


@needs_captures
def test_eight_busy_symbols_leave_exactly_their_rows(stack: RunningStack, tmp_path: Path) -> None:
    folder = under_many_names(CAPTURES, tmp_path, seconds=60)
    done = tidemark(stack, "verify", "--capture", str(folder), "--json")
    assert done.stdout, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    assert [row for row in found["comparisons"] if not row["green"]] == []
    assert done.returncode == 0
