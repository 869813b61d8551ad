"""The planner against a model of the exchange's weight limit: fast, and never refused."""

import math
import random
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.feeds.snapshot_planner import MINUTE_MS, SnapshotPlanner

START_MS = 1_700_000_040_000 // MINUTE_MS * MINUTE_MS
POLL_MS = 50


@dataclass
class Limit:
    """The exchange's weight limit of a clock minute, by a clock that may differ from ours."""

    limit: int
    skew_ms: int = 0
    minute: int = -1
    used: int = 0
    refusals: int = 0

    def charge(self, weight: int, time_ms: int) -> tuple[int, bool]:
        """Return the used weight of the minute and whether the request is served."""
        minute = (time_ms + self.skew_ms) // MINUTE_MS
        if minute != self.minute:
            self.minute, self.used = minute, 0
        self.used += weight
        is_served = self.used <= self.limit
        self.refusals += not is_served
        return self.used, is_served


@dataclass
class Run:
    """A planner on that limit, with answers that take their time."""

    limit: Limit
    weight: int
    latency_ms: int
    planner: SnapshotPlanner
    served: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def until_all(self, symbols: list[str], start_ms: int) -> int:
        """Return how many milliseconds it took until every symbol was served."""
        under_way: list[tuple[int, str, int, bool]] = []
        for symbol in symbols:
            self.planner.want(symbol, (1, 0), start_ms / 1000)
        time_ms = start_ms
        while len(self.served) < len(symbols):
            time_ms += POLL_MS
            # 400 of the heaviest need 18 minutes, and every second minute stays unused where the
            # exchange is behind us.
            assert time_ms - start_ms < 45 * MINUTE_MS, f"only {len(self.served)} were served"
            for answer in [each for each in under_way if each[0] <= time_ms]:
                under_way.remove(answer)
                _, symbol, used, is_served = answer
                assert is_served
                self.planner.on_answer(symbol, used)
                self.served.append(symbol)
            for symbol in self.planner.due(time_ms, time_ms / 1000):
                self.sent.append(time_ms)
                used, is_served = self.limit.charge(self.weight, time_ms)
                under_way.append((time_ms + self.latency_ms, symbol, used, is_served))
        return time_ms - start_ms


def least_ms(symbols: int, weight: int, limit: int, used: int, into_minute_ms: int) -> int:
    """Return the shortest time that the limit allows, if requests took none."""
    now = (limit - used) // weight
    if symbols <= now:
        return 0
    minutes = math.ceil((symbols - now) / (limit // weight))
    return minutes * MINUTE_MS - into_minute_ms


def run(
    symbols: int,
    weight: int,
    limit: int,
    into_minute_ms: int = 0,
    latency_ms: int = 300,
    used: int = 0,
    skew_ms: int = 0,
) -> tuple[int, Run]:
    chance = random.Random(symbols)
    begun = Run(
        Limit(limit, skew_ms), weight, latency_ms, SnapshotPlanner(weight, limit, chance.random)
    )
    start_ms = START_MS + into_minute_ms
    begun.limit.charge(used, start_ms)
    begun.planner.on_used(used, start_ms)
    return begun.until_all([f"S{number}" for number in range(symbols)], start_ms), begun


@pytest.mark.parametrize(("weight", "limit"), [(50, 6_000), (20, 2_400)], ids=["spot", "usdm"])
@pytest.mark.parametrize("into_minute_ms", [0, 20_000, 45_000])
def test_500_books_wait_hardly_longer_than_the_budget_makes_them(
    weight: int, limit: int, into_minute_ms: int
) -> None:
    took_ms, done = run(500, weight, limit, into_minute_ms, used=20)
    assert took_ms <= 1.2 * least_ms(500, weight, limit, 20, into_minute_ms)
    assert done.limit.refusals == 0


@given(
    symbols=st.integers(1, 400),
    weight=st.sampled_from([2, 5, 20, 50, 250]),
    into_minute_ms=st.integers(0, MINUTE_MS - 1),
    latency_ms=st.integers(0, 3_000),
    used=st.integers(0, 5_900),
    skew_ms=st.integers(-4_000, 4_000),
)
@settings(max_examples=60)
def test_nothing_is_ever_refused_and_everything_comes(
    symbols: int, weight: int, into_minute_ms: int, latency_ms: int, used: int, skew_ms: int
) -> None:
    _, done = run(symbols, weight, 6_000, into_minute_ms, latency_ms, used, skew_ms)
    assert done.limit.refusals == 0
    assert len(set(done.served)) == symbols


def test_a_mass_reconnect_is_spread_by_jitter() -> None:
    _, done = run(100, 50, 6_000)
    a_second = [time_ms // 1_000 for time_ms in done.sent]
    assert max(a_second.count(second) for second in set(a_second)) <= 25
    pauses = {later - sooner for sooner, later in pairwise(done.sent)}
    assert len(pauses) > 1
