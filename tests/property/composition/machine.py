"""The state machine: it composes faults freely and lets the observer judge after every step.

Every rule is one thing that happens to the world, and almost all of them can happen at any time and
on top of each other. A history that fails is printed as the steps that lead to it.
"""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.property.composition.exchange import SPOT, USDM
from tests.property.composition.flink_model import Watermark, by_heartbeats
from tests.property.composition.network import FrameFault
from tests.property.composition.rest_model import Kind, Trouble
from tests.property.composition.world import BOOKS, TRADED, World

PARTS = ((True, ()), (True, (SPOT,)), (False, (SPOT,)), (False, (USDM,)), (False, (SPOT, USDM)))
DURATIONS_MS = (100, 200, 500, 900, 1_300, 2_100, 3_400, 6_000)
INTERVALS_MS = (70, 250, 400, 900, 2_300, 6_000, None)
LAGS_MS = (0, 3, 40, 300, 900, 1_500, 2_200, 4_000)

THEN_MS = (0, 0, 100, 300, 700, 1_500, 2_600)
"""How long time goes on after something happened; with 0 the next thing happens at once."""

durations_ms = st.sampled_from(DURATIONS_MS)
which = st.integers(0, 5)


def happening(**strategies: Any) -> Any:
    """Make a rule of something that happens, after which time goes on for a while."""

    def decorate(happens: Any) -> Any:
        def then(self: "ComposedFaults", then_ms: int, **drawn: Any) -> None:
            happens(self, **drawn)
            self.go_on(then_ms)

        then.__name__ = happens.__name__
        return rule(then_ms=st.sampled_from(THEN_MS), **strategies)(then)

    return decorate


class ComposedFaults(RuleBasedStateMachine):
    """Faults in any order, over the real modules of the connectors."""

    watermark: ClassVar[Watermark] = staticmethod(by_heartbeats)  # type: ignore[assignment]
    parts: ClassVar[tuple[tuple[bool, tuple[str, ...]], ...]] = PARTS

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self._holds = True

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        has_trades, markets = data.draw(st.sampled_from(self.parts), label="trades, books of")
        self.world = World(has_trades, markets, type(self).watermark)
        self.go_on(1_500)

    def go_on(self, ms: int) -> None:
        assert self.world is not None
        self._holds = False
        self.world.run(ms)
        self._holds = True

    # What the exchange does

    @rule(ms=durations_ms)
    def time_passes(self, ms: int) -> None:
        self.go_on(ms)

    @happening(number=which, interval_ms=st.sampled_from(INTERVALS_MS))
    def rhythm_changes(self, number: int, interval_ms: int | None) -> None:
        exchange = self.world.exchange
        rhythms = [tape.rhythm for tape in exchange.tapes.values()]
        rhythms += [book.rhythm for book in exchange.books.values()]
        rhythm = rhythms[number % len(rhythms)]
        rhythm.interval_ms = interval_ms
        rhythm.due_ms = max(exchange.now_ms + 1, min(rhythm.due_ms, exchange.now_ms + 90))

    @happening()
    def everything_is_quiet(self) -> None:
        exchange = self.world.exchange
        for one in (*exchange.tapes.values(), *exchange.books.values()):
            one.rhythm.interval_ms = None

    @happening(market=st.sampled_from((SPOT, USDM)), lag_ms=st.sampled_from(LAGS_MS))
    def publishing_lags(self, market: str, lag_ms: int) -> None:
        self.world.exchange.lag_ms[market] = lag_ms

    @precondition(lambda self: self.world.has_trades)
    @happening(symbol=st.sampled_from(TRADED), first_id=st.sampled_from((0, 1, 700)))
    def ids_begin_anew(self, symbol: str, first_id: int) -> None:
        tape = self.world.exchange.tapes[symbol]
        if not tape.era_begin:  # as on a test network: once in a long time
            tape.begin_anew(first_id)

    @precondition(lambda self: self.world.has_trades)
    @happening(symbol=st.sampled_from(TRADED), by=st.integers(1, 8))
    def ids_fall_a_little(self, symbol: str, by: int) -> None:
        """Let ids begin anew so that they soon pass the old ones.

        As the limits say, one trade is heard before they do, and the task then lives on.
        """
        tape = self.world.exchange.tapes[symbol]
        task = next(one for one in self.world.trade_tasks if one.follows(symbol))
        is_heard = task.hears(symbol, tape.next_id - 1)
        if is_heard and tape.is_listed and not tape.era_begin:
            tape.begin_anew(tape.next_id - by)
            first = self.world.exchange.trade(symbol, self.world.now_ms)
            task.hear(first._replace(publish_ms=self.world.now_ms))

    @precondition(lambda self: self.world.has_trades)
    @happening(symbol=st.sampled_from(TRADED[1:]))
    def symbol_is_delisted(self, symbol: str) -> None:
        self.world.exchange.tapes[symbol].is_listed = False
        self.world.rest.delisted.add(symbol)

    # What the network does

    def _streams(self, number: int) -> list[tuple[int, str, str]]:
        network = self.world.tasks[number % len(self.world.tasks)].network
        streams = [(c.number, *s) for c in network.connections.values() for s in c.streams]
        return [one for one in streams if not network.is_alone(*one)]

    @happening(
        task=which,
        stream=st.integers(0, 15),
        everywhere=st.booleans(),
        faults=st.lists(st.sampled_from(FrameFault), min_size=1, max_size=4),
    )
    def frames_are_disturbed(
        self, task: int, stream: int, everywhere: bool, faults: list[FrameFault]
    ) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        streams = sorted(self._streams(task))
        if streams:
            number, kind, symbol = streams[stream % len(streams)]
            numbers = [number] if not everywhere else [*network.connections]
            for one in numbers:
                network.plan(one, kind, symbol, faults)

    @happening(
        task=which, stream=st.integers(0, 15), everywhere=st.booleans(), count=st.integers(1, 9)
    )
    def frames_are_lost(self, task: int, stream: int, everywhere: bool, count: int) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        streams = sorted(self._streams(task))
        if streams:
            number, kind, symbol = streams[stream % len(streams)]
            for one in [number] if not everywhere else [*network.connections]:
                network.plan(one, kind, symbol, [FrameFault.LOST] * count)

    @happening(
        task=which, stream=st.integers(0, 15), everywhere=st.booleans(), next_time=st.booleans()
    )
    def stream_falls_silent(
        self, task: int, stream: int, everywhere: bool, next_time: bool
    ) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        streams = sorted(self._streams(task))
        if streams:
            number, kind, symbol = streams[stream % len(streams)]
            for one in network.connections.values():
                if everywhere or one.number == number:
                    (one.mute_next if next_time else one.mute).add((kind, symbol))

    @happening(task=which, connection=which, every=st.booleans(), loses=st.booleans())
    def connection_is_cut(self, task: int, connection: int, every: bool, loses: bool) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        numbers = sorted(network.connections)
        if numbers:
            for number in numbers if every else [numbers[connection % len(numbers)]]:
                network.cut(number, loses=loses)

    @happening(task=which, ms=durations_ms)
    def exchange_refuses_connections(self, task: int, ms: int) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        network.refuses_until_ms = self.world.now_ms + ms

    @happening(task=which, connection=which, ms=durations_ms)
    def connection_stalls(self, task: int, connection: int, ms: int) -> None:
        network = self.world.tasks[task % len(self.world.tasks)].network
        numbers = sorted(network.connections)
        if numbers:
            chosen = network.connections[numbers[connection % len(numbers)]]
            chosen.stalled_until_ms = self.world.now_ms + ms

    # What REST does

    @happening(
        kind=st.sampled_from(Kind),
        before_ms=st.sampled_from((0, 300, 2_000, 5_000)),
        after_ms=st.sampled_from((0, 300, 2_000, 5_000)),
    )
    def rest_is_slow(self, kind: Kind, before_ms: int, after_ms: int) -> None:
        self.world.rest.slow_ms[kind] = before_ms, after_ms

    @happening(
        kind=st.sampled_from(Kind),
        symbol=st.sampled_from(("", *TRADED)),
        trouble=st.sampled_from(Trouble),
    )
    def rest_is_in_trouble(self, kind: Kind, symbol: str, trouble: Trouble) -> None:
        self.world.rest.trouble[kind, symbol] = trouble

    @precondition(lambda self: self.world.has_trades)
    @happening(symbol=st.sampled_from(TRADED), ahead=st.integers(0, 6))
    def row_is_poisoned(self, symbol: str, ahead: int) -> None:
        trade_id = self.world.exchange.tapes[symbol].next_id + ahead
        self.world.rest.poisoned.setdefault(symbol, set()).add(trade_id)

    @precondition(lambda self: self.world.has_trades)
    @happening(
        symbol=st.sampled_from(TRADED),
        ahead=st.integers(0, 6),
        by_ms=st.sampled_from((3_600_000, -3_600_000, -1_698_300_000_000)),
    )
    def row_is_mistimed(self, symbol: str, ahead: int, by_ms: int) -> None:
        trade_id = self.world.exchange.tapes[symbol].next_id + ahead
        self.world.rest.mistimed.setdefault(symbol, {})[trade_id] = by_ms

    @precondition(lambda self: self.world.has_trades)
    @happening(stale_ms=st.sampled_from((0, 700, 1_500, 2_600, 6_000)))
    def newest_ids_are_old(self, stale_ms: int) -> None:
        self.world.rest.stale_ms = stale_ms

    @happening(by_ms=st.sampled_from((600_000, 20_000, -4_000, -120_000, 999 * 1_700_000_000_000)))
    def clock_is_told_wrong(self, by_ms: int) -> None:
        self.world.rest.wrong_clock_ms = by_ms

    @precondition(lambda self: self.world.markets)
    @happening(off_ms=st.sampled_from((0, -4_000, -9_000, -20_000, -59_000)))
    def clock_is_off(self, off_ms: int) -> None:
        self.world.rest.clock_off_ms = off_ms

    @precondition(lambda self: self.world.markets)
    @happening(ms=st.sampled_from((2_000, 5_000, 9_000)))
    def clock_is_told_from_a_cache(self, ms: int) -> None:
        rest, now_ms = self.world.rest, self.world.now_ms
        rest.cached_ms, rest.cached_until_ms = now_ms, now_ms + ms

    # What happens on our side

    @happening(step_ms=st.sampled_from((-3_600_000, -15_000, -900, 900, 120_000)))
    def our_clock_steps(self, step_ms: int) -> None:
        self.world.clock.wrong_ms += step_ms

    @happening(task=which, commits=st.booleans(), away_ms=durations_ms)
    def task_is_killed(self, task: int, commits: bool, away_ms: int) -> None:
        chosen = self.world.tasks[task % len(self.world.tasks)]
        fallen = {one.symbol for one in self.world.exchange.tapes.values() if one.is_soon_passed}
        if not chosen.doubts(fallen):
            chosen.kill(commits=commits or bool(fallen), away_ms=away_ms)

    @happening(task=which, ms=durations_ms)
    def commits_take_long(self, task: int, ms: int) -> None:
        chosen = self.world.tasks[task % len(self.world.tasks)]
        chosen.open_transactions_until_ms = self.world.now_ms + ms

    @happening(job=which, away_ms=durations_ms)
    def job_is_killed(self, job: int, away_ms: int) -> None:
        self.world.jobs[job % len(self.world.jobs)].kill(away_ms, self.world.now_ms)

    @happening(job=which)
    def checkpoints_fail(self, job: int) -> None:
        self.world.jobs[job % len(self.world.jobs)].completes = False

    @happening(job=which, partitions=st.sets(st.integers(0, 3), max_size=2))
    def partitions_fall_behind(self, job: int, partitions: set[int]) -> None:
        self.world.jobs[job % len(self.world.jobs)].job.paused = partitions

    @happening(job=which, order=st.permutations(range(4)))
    def partitions_change_order(self, job: int, order: list[int]) -> None:
        self.world.jobs[job % len(self.world.jobs)].order = tuple(order)

    # The end

    @rule()
    def faults_end(self) -> None:
        self._calm()

    def _calm(self) -> None:
        self._holds = False
        self.world.calm()
        self._holds = True

    def teardown(self) -> None:
        if self.world is not None and self._holds:
            self._calm()


__all__ = ["BOOKS", "ComposedFaults"]
