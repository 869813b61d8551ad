"""A market that moves at random, an exchange that sends its diffs, and a connector in between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from market.books.decisions import Applied, Ignored, Refetch, Resync, ResyncReason, Synced
from market.books.depth_updates import BookSnapshot, DepthDiff, Level
from market.books.scaled_decimals import SCALE
from market.books.side import BookSide
from market.books.sync import BookState, BookSync
from market.books.tops import SideTop
from market.dictionary.fields import BAND_BPS
from market.metrics.liquidity import depth_quote
from tests.support.depth import SYMBOL, TIME_MS, Side

MIDDLE = 1000
Change = tuple[int, int]
"""How far from the middle, negative for bids; and the new size, 0 for none."""

START: Side = {distance: 5 for distance in range(-12, 13) if distance}

CHANGES = st.lists(
    st.tuples(st.sampled_from(sorted(START)), st.integers(0, 3)), min_size=1, max_size=5
)
STREAMS = st.lists(CHANGES, min_size=3, max_size=12)
USDM = st.booleans()


def levels(side: Side, sign: int) -> tuple[Level, ...]:
    return tuple(
        ((MIDDLE + distance) * SCALE, size * SCALE)
        for distance, size in side.items()
        if distance * sign > 0
    )


@dataclass(frozen=True)
class Market:
    """The true sizes after each diff, and the diffs; ids are sparse on USD-M."""

    truths: list[Side]
    diffs: list[DepthDiff]

    def snapshot(self, index: int, depth: int | None = None) -> BookSnapshot:
        """The truth after `index` diffs, of both sides at most `depth` levels."""
        truth = {distance: size for distance, size in self.truths[index].items() if size}
        bids = sorted(levels(truth, -1), reverse=True)[:depth]
        asks = sorted(levels(truth, 1))[:depth]
        last = self.diffs[index - 1].last_update_id if index else self.before_all()
        return BookSnapshot(last, tuple(bids), tuple(asks), TIME_MS, limit=depth or 100)

    def before_all(self) -> int:
        first = self.diffs[0]
        if first.previous_update_id is None:
            return first.first_update_id - 1
        return first.previous_update_id


def market(stream: Sequence[Sequence[Change]], *, sparse: bool) -> Market:
    truths, diffs, last = [START], [], 100
    for changes in stream:
        sent = dict(changes)
        first = last + (7 if sparse else 1)
        end = first + len(sent)
        previous = last if sparse else None
        diffs.append(
            DepthDiff(first, end, previous, TIME_MS + end, levels(sent, -1), levels(sent, 1))
        )
        truths.append({**truths[-1], **sent})
        last = end
    return Market(truths, diffs)


def feed(sync: BookSync, diffs: Sequence[DepthDiff]) -> None:
    for diff in diffs:
        assert not isinstance(sync.on_diff(diff), Resync)


def true_digest(world: Market, depth: int | None = None) -> str:
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(len(world.diffs), depth))
    assert sync.book is not None
    return sync.book.digest()


@given(STREAMS, USDM, st.data())
def test_any_moment_of_the_snapshot_gives_the_same_book(
    stream: list[list[Change]], sparse: bool, data: st.DataObject
) -> None:
    world = market(stream, sparse=sparse)
    begin = data.draw(st.integers(0, len(world.diffs) - 1), label="first diff received")
    taken = data.draw(st.integers(begin, len(world.diffs)), label="snapshot taken")
    comes = data.draw(st.integers(taken, len(world.diffs)), label="snapshot comes")
    sync = BookSync(SYMBOL)
    feed(sync, world.diffs[begin:comes])
    assert isinstance(sync.on_snapshot(world.snapshot(taken)), Synced)
    feed(sync, world.diffs[comes:])
    assert sync.book is not None
    assert sync.book.digest() == true_digest(world)


@given(STREAMS, USDM, st.data())
def test_a_refresh_at_any_moment_finds_nothing_wrong_and_changes_nothing(
    stream: list[list[Change]], sparse: bool, data: st.DataObject
) -> None:
    world = market(stream, sparse=sparse)
    asked = data.draw(st.integers(0, len(world.diffs)), label="asked")
    taken = data.draw(st.integers(asked, len(world.diffs)), label="taken")
    comes = data.draw(st.integers(taken, len(world.diffs)), label="comes")
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0))
    feed(sync, world.diffs[:asked])
    sync.request_snapshot()
    feed(sync, world.diffs[asked:comes])
    decision = sync.on_snapshot(world.snapshot(taken))
    assert isinstance(decision, Synced)
    assert decision.audit is not None
    assert decision.audit.matched == decision.audit.compared
    feed(sync, world.diffs[comes:])
    assert sync.book is not None
    assert sync.book.digest() == true_digest(world)


@given(STREAMS, USDM, st.data())
def test_a_refresh_by_a_snapshot_from_ahead_hides_no_change(
    stream: list[list[Change]], sparse: bool, data: st.DataObject
) -> None:
    world = market(stream, sparse=sparse)
    comes = data.draw(st.integers(0, len(world.diffs)), label="snapshot comes")
    taken = data.draw(st.integers(comes, len(world.diffs)), label="snapshot taken")
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0))
    feed(sync, world.diffs[:comes])
    sync.request_snapshot()
    sync.on_snapshot(world.snapshot(taken))
    decisions = [sync.on_diff(diff) for diff in world.diffs[comes:]]
    assert all(isinstance(decision, Applied) for decision in decisions)
    assert not sync.needs_snapshot
    assert sync.book is not None
    assert sync.book.digest() == true_digest(world)


@given(STREAMS, USDM, st.data())
def test_a_lost_diff_is_always_noticed(
    stream: list[list[Change]], sparse: bool, data: st.DataObject
) -> None:
    world = market(stream, sparse=sparse)
    lost = data.draw(st.integers(0, len(world.diffs) - 2), label="lost")
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0))
    feed(sync, world.diffs[:lost])
    decision = sync.on_diff(world.diffs[lost + 1])
    assert isinstance(decision, Resync)
    assert decision.reason is ResyncReason.GAP
    assert (sync.book, sync.state) == (None, BookState.STALE)
    assert isinstance(sync.on_snapshot(world.snapshot(lost)), Refetch)


@given(STREAMS, USDM, st.data())
def test_repeated_diffs_change_nothing(
    stream: list[list[Change]], sparse: bool, data: st.DataObject
) -> None:
    world = market(stream, sparse=sparse)
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0))
    for index, diff in enumerate(world.diffs):
        assert isinstance(sync.on_diff(diff), Applied)
        again = data.draw(st.integers(0, index), label="repeated")
        assert isinstance(sync.on_diff(world.diffs[again]), Ignored)
    assert sync.book is not None
    assert sync.book.digest() == true_digest(world)


@given(STREAMS, st.data())
def test_the_order_of_levels_does_not_matter(
    stream: list[list[Change]], data: st.DataObject
) -> None:
    world = market(stream, sparse=False)
    sync, other = BookSync(SYMBOL), BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0))
    other.on_snapshot(world.snapshot(0))
    for diff in world.diffs:
        bids, asks = (
            tuple(data.draw(st.permutations(side), label="order"))
            for side in (diff.bids, diff.asks)
        )
        assert sync.on_diff(diff) == other.on_diff(replace(diff, bids=bids, asks=asks))


@given(STREAMS, USDM, st.integers(2, 8))
def test_a_shallow_snapshot_shows_the_truth_or_nothing(
    stream: list[list[Change]], sparse: bool, depth: int
) -> None:
    world = market(stream, sparse=sparse)
    sync = BookSync(SYMBOL)
    sync.on_snapshot(world.snapshot(0, depth))
    for diff, truth in zip(world.diffs, world.truths[1:], strict=True):
        decision = sync.on_diff(diff)
        if isinstance(decision, Resync):
            assert decision.reason is ResyncReason.RANGE_LOST
            return
        assert sync.book is not None
        bids, asks = sync.book.levels()
        real = {distance: size for distance, size in truth.items() if size}
        assert bids == sorted(levels(real, -1), reverse=True)[: len(bids)]
        assert asks == sorted(levels(real, 1))[: len(asks)]
        assert isinstance(decision, Applied)
        assert decision.top is not None
        mid = (Decimal(bids[0][0]) + Decimal(asks[0][0])) / 2 / SCALE
        check_scalars(decision.top.bid, sync.book.bids, levels(real, -1), mid)
        check_scalars(decision.top.ask, sync.book.asks, levels(real, 1), mid)


def check_scalars(top: SideTop, side: BookSide, truth: Sequence[Level], mid: Decimal) -> None:
    """Every scalar equals what the whole truth gives, or is None where that is not proven."""
    best = sorted(truth, key=lambda level: abs(level[0] - mid * SCALE))
    assert (top.price_e8, top.size_e8) == best[0]
    proven = len(side.levels()) >= 5
    assert top.size_sum_5_e8 == (sum(size for _, size in best[:5]) if proven else None)
    edge = None if side.edge_price_e8 is None else Decimal(side.edge_price_e8) / SCALE
    exact = [(Decimal(price) / SCALE, Decimal(size) / SCALE) for price, size in best]
    depths = (top.depth_quote_10_bps_e16, top.depth_quote_25_bps_e16, top.depth_quote_50_bps_e16)
    for bps, depth in zip(BAND_BPS, depths, strict=True):
        expected = depth_quote(exact, mid, bps, edge)
        assert depth == (None if expected is None else expected * SCALE**2)
