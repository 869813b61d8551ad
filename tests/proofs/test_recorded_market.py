"""The whole recording through every kill: exactly its rows in every store."""

import json

from tests.integration.pipelines import tidemark
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures


@needs_captures
def test_a_recorded_market_leaves_exactly_its_rows_in_every_store_whatever_is_killed(
    stack: RunningStack,
) -> None:
    kills = ("--kill", "taskmanager", "--kill", "connector")
    done = tidemark(stack, "verify", "--json", "--capture", str(CAPTURES), *kills)
    assert done.stdout, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    assert [row for row in found["comparisons"] if not row["green"]] == []
    assert (done.returncode, found["green"]) == (0, True)
    counts = {(row["store"], row["table"]): row["equal"] for row in found["comparisons"]}
    assert counts["bronze", "trades"] == 19_904
    assert counts["mongodb", "candles_1s"] == counts["silver", "candles_1s"] == 645
    assert counts["silver", "liquidity_1s"] > 300
    assert counts["mongodb", "effective_spread_1m"] == 11
    assert not found["left_out"]
