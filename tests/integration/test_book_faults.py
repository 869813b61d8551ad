"""No window of a book that was not known is published as complete, whatever goes wrong."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from market.dictionary.tables import table
from stack import pipeline
from tests.integration.pipelines import beginning_of, own_pipeline, rows_by_key
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures
from verify.book_claims import Claims, read_claims
from verify.books import RecordedBooks, compare_books
from verify.compare import Comparison
from verify.proof import expect, plan_replay, stores_of
from verify.replay import run

pytestmark = needs_captures

SPOT, USDM = "binance-spot", "binance-usdm"
DIFFS = {SPOT: "btcusdt@depth@100ms", USDM: "public/btcusdt@depth@0ms"}
BEGIN_MS = 1_723_161_255_000
SECONDS = 130
"""Of the recording: the last fault comes three quarters of a minute before its end."""
END_SECONDS = 10
"""In which the end of the recording may look like a loss."""
SPEED = "5"


def at(second: int, kind: str, **fields: object) -> dict[str, object]:
    return {"kind": kind, "at_event_time_ms": BEGIN_MS + 1_000 * second, **fields}


LOSSES = {
    SPOT: {20: "gap", 50: "gap", 85: "disconnected"},
    USDM: {35: "gap", 65: "gap", 85: "disconnected"},
}
"""What a book loses and why, by the second of the fault; a cut hits both markets."""

FAULTS = [
    at(20, "drop", stream=DIFFS[SPOT]),
    at(35, "drop", stream=DIFFS[USDM]),
    at(42, "duplicate", stream=DIFFS[SPOT], count=5),
    at(46, "duplicate", stream=DIFFS[USDM], count=5),
    at(49, "slow_snapshot", seconds=0.5, count=1),
    at(50, "reorder", stream=DIFFS[SPOT]),
    at(64, "stale_snapshot", count=1),
    at(65, "corrupt", stream=DIFFS[USDM]),
    at(84, "rest_error", endpoint="depth", status=429, retry_after_seconds=1),
    at(84, "rest_error", endpoint="fapi/depth", status=503),
    at(85, "cut", seconds=0.5),
]


@dataclass(frozen=True)
class Faulted:
    """What a replay with every fault has left."""

    books: dict[str, RecordedBooks]
    comparisons: dict[str, list[Comparison]]
    claims: dict[str, Claims]
    windows: dict[str, dict[int, Mapping[str, Any]]]
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def faulted(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulted]:
    expectation = expect(beginning_of(CAPTURES, SECONDS, tmp_path_factory.mktemp("captures")))
    plan = replace(plan_replay(expectation, SPEED), faults=[json.dumps(one) for one in FAULTS])
    books = {one.market: one for one in expectation.books}
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None)
        stores = stores_of(own)
        run(own, stores, plan, lambda _: None)
        rows = rows_by_key(stores.readers("liquidity_1s")["silver"]())
        yield Faulted(
            books,
            {market: compare_books(books[market], {}, stores) for market in books},
            {
                market: read_claims(stores.book_tops(market), books[market].end_ms)["BTCUSDT"]
                for market in books
            },
            {
                market: {key[2]: row for key, row in rows.items() if key[0] == market}
                for market in books
            },
            stores.lake.table(table("feed_events")).scan().to_arrow().to_pylist(),
        )


@pytest.mark.parametrize("market", [SPOT, USDM])
def test_every_row_is_the_recorded_book_while_it_was_known(faulted: Faulted, market: str) -> None:
    wrong = [one for one in faulted.comparisons[market] if not one.green]
    assert not wrong, [one.examples for one in wrong]


def seconds_of(times_ms: Iterable[int]) -> list[int]:
    return sorted((time_ms - BEGIN_MS) // 1_000 for time_ms in times_ms)


@pytest.mark.parametrize("market", [SPOT, USDM])
def test_the_windows_of_a_loss_say_so_and_no_other_does(faulted: Faulted, market: str) -> None:
    claims, windows = faulted.claims[market], faulted.windows[market]
    lost = [second for second in seconds_of(claims.losses_ms) if second < SECONDS - END_SECONDS]
    for second, reason in LOSSES[market].items():
        assert any(second - 2 <= loss <= second + 2 for loss in lost), (second, reason, lost)
    assert len(lost) == len(LOSSES[market])
    first_known_ms = claims.known[0][0]
    for start_ms, row in windows.items():
        known = sum(
            max(0, min(end, start_ms + 1_000) - max(begin, start_ms)) for begin, end in claims.known
        )
        if first_known_ms < start_ms < claims.end_ms - 1_000:
            assert row["synced_ms"] == known
            assert row["is_final"] == (known == 1_000 and row["resyncs"] == 0)


@pytest.mark.parametrize("market", [SPOT, USDM])
def test_the_book_is_live_again_soon_after_each_loss(faulted: Faulted, market: str) -> None:
    claims = faulted.claims[market]
    for (_, lost_ms), (again_ms, _) in zip(claims.known, claims.known[1:], strict=False):
        assert again_ms - lost_ms < 60_000
    events = [
        (event["event"], event["market"])
        for event in faulted.events
        # After the recording's end no book is proven.
        if event["event_time_ms"] < BEGIN_MS + (SECONDS - END_SECONDS) * 1_000
    ]
    assert events.count(("resync_begun", market)) == len(LOSSES[market])
    assert events.count(("resync_ended", market)) == len(LOSSES[market])


def test_a_fault_of_one_market_leaves_the_other_alone(faulted: Faulted) -> None:
    for market, other in ((SPOT, USDM), (USDM, SPOT)):
        own = [second for second, reason in LOSSES[market].items() if reason == "gap"]
        for second in own:
            row = faulted.windows[other][BEGIN_MS + 1_000 * second]
            assert row["is_final"], (other, second)
