"""Replacing a connection, however the two interleave: no loss, no diff twice, none missing."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.connection_groups import OVERLAP_S
from connectors.feeds.events import ServerShutdown
from connectors.feeds.messages import CloseConnection
from tests.support.book_feeds import TOPIC, World, diff
from tests.support.connector_doubles import values

FIRST, DIFFS = 11, 40


@given(
    order=st.lists(st.booleans(), min_size=0, max_size=2 * DIFFS),
    joined_at=st.integers(0, DIFFS // 2),
    old_ends_at=st.integers(0, DIFFS),
)
def test_no_interleaving_loses_or_repeats_a_diff(
    order: list[bool], joined_at: int, old_ends_at: int
) -> None:
    world = World()
    world.connect()
    world.tick()
    world.answer()
    records = list(world.on(diff(10, 10)).records)
    records += world.on(ServerShutdown(1)).records
    # Both connections bring the same diffs; the new one begins later, the old one ends sooner.
    ids = range(FIRST, FIRST + DIFFS)
    waiting = {1: [*ids][: max(old_ends_at, joined_at)], 2: [*ids][joined_at:]}
    for update_id in waiting[1][:joined_at]:
        records += world.on(diff(update_id, 10 * update_id), connection=1).records
    waiting[1] = waiting[1][joined_at:]
    records += world.connect(2).records
    for is_old in order:
        connection = 1 if is_old else 2
        if waiting[connection]:
            update_id = waiting[connection].pop(0)
            records += world.on(diff(update_id, 10 * update_id), connection=connection).records
    for connection in (1, 2):
        for update_id in waiting[connection]:
            records += world.on(diff(update_id, 10 * update_id), connection=connection).records
    batch = world.tick(OVERLAP_S)
    records += batch.records
    told = [value["event"] for value in values(records, "feed_events")]
    assert told == ["server_shutdown", "connected", "rotated"]
    assert CloseConnection(1) in batch.commands
    changes = [v for v in values(records, TOPIC) if v["kind"] == "top"]
    seen = [v["last_update_id"] for v in changes if v["event_time_ms"] == v["quote_time_ms"]]
    assert seen == [10, *ids]
