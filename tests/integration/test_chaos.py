"""Faults that meet on a synthetic market: one seed of the random proof; `make proofs` has more."""

import json

from tests.integration.pipelines import tidemark
from tests.support.running_stack import RunningStack


def test_faults_that_meet_leave_no_row_that_claims_to_be_whole_and_is_not(
    stack: RunningStack,
) -> None:
    arguments = ("--chaos", "13", "--symbols", "6", "--minutes", "0.8", "--json")
    done = tidemark(stack, "verify", *arguments, within_s=850)
    assert done.stdout, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    assert found["false_trust"] == []
    assert found["unresolved"] == found["unmarked_late"] == []
    assert (found["lagging"], found["failures"], done.returncode) == ([], [], 0)
    claimed = {(row["store"], row["table"]): row["claimed_whole"] for row in found["rows"]}
    assert len(claimed) == 15
    assert all(claimed.values()), claimed
