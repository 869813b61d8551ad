"""An exchange that loses, repeats and reorders frames, and a connector that restarts at will."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from market.dictionary.records import GapMarker, Trade
from market.trades.backfills import BackfillRequest, BackfillResult
from market.trades.sequence import Output, TradeSequence
from tests.support.trades import MARKET, START_MS, STREAM, SYMBOL, trade

FIRST_ID = 100
STEP_MS = 700

ACTIONS = st.lists(
    st.sampled_from(
        [
            "deliver",
            "deliver",
            "deliver",
            "lose",
            "lose",
            "swap",
            "repeat",
            "restart",
            "ask",
            "ask",
            "newest",
            "newest",
            "answer",
            "fail",
            "half",
            "empty",
            "give_up",
        ]
    ),
    min_size=5,
    max_size=80,
)


def time_of(trade_id: int) -> int:
    return START_MS + trade_id * STEP_MS


@dataclass
class World:
    """The exchange, a connection that loses frames, and one sequence with what came out of it."""

    allowed: int
    next_id: int = FIRST_ID
    out: list[Output] = field(default_factory=list)
    pending: list[BackfillRequest] = field(default_factory=list)
    asked: int | None = None
    sequence: TradeSequence = field(init=False)

    def __post_init__(self) -> None:
        self.sequence = TradeSequence(MARKET, SYMBOL, STREAM, self.allowed)
        self.deliver(self.make())

    def make(self) -> Trade:
        made = trade(self.next_id, time_of(self.next_id))
        self.next_id += 1
        return made

    def collect(self, outputs: list[Output]) -> None:
        self.pending += [output for output in outputs if isinstance(output, BackfillRequest)]
        self.out += outputs

    def deliver(self, delivered: Trade) -> None:
        self.collect(self.sequence.on_trade(delivered))

    def answer(self, keep: slice, failure: str = "") -> None:
        if self.pending:
            request = self.pending.pop(0)
            ids = range(request.from_id, (request.to_id or 0) + 1)
            trades = tuple(trade(i, time_of(i), "backfill") for i in ids[keep])
            self.collect(self.sequence.on_backfill(BackfillResult(request, trades, failure), 0))

    def ask(self) -> None:
        if self.asked is None:
            self.sequence.on_asked()
            self.asked = self.next_id - 1

    def newest(self) -> None:
        """Answer as of the moment of asking: before the next trade nothing else was made."""
        if self.asked is not None:
            newest_id, self.asked = self.asked, None
            self.collect(self.sequence.on_newest(newest_id, time_of(newest_id + 1) - 1, 0))

    def restart(self) -> None:
        self.pending.clear()
        self.asked = None
        offset = self.sequence.offset()
        self.sequence = TradeSequence(MARKET, SYMBOL, STREAM, self.allowed, offset)

    def act(self, action: str) -> None:
        match action:
            case "deliver":
                self.deliver(self.make())
            case "lose":
                self.make()
            case "swap":
                first, second = self.make(), self.make()
                self.deliver(second)
                self.deliver(first)
            case "repeat":
                again = self.make()
                self.deliver(again)
                self.deliver(again)
            case "restart":
                self.restart()
            case "ask":
                self.ask()
            case "newest":
                self.newest()
            case "answer":
                self.answer(slice(None))
            case "fail":
                self.answer(slice(0), "HTTP 503")
            case "half":
                self.answer(slice(None, None, 2), "HTTP 503")
            case "empty":
                self.answer(slice(0))
            case "give_up":
                self.collect(self.sequence.give_up("too slow", 0))

    def settle(self) -> None:
        """Faults end: the exchange answers whatever is asked, as often as it takes."""
        for _ in range(4):
            self.asked = None
            self.ask()
            self.newest()
            while self.pending:
                self.answer(slice(None))

    def trades(self) -> list[Trade]:
        return [output for output in self.out if isinstance(output, Trade)]


@given(ACTIONS, st.sampled_from([0, 3, 1_000]))
@settings(max_examples=300, deadline=None)
def test_every_id_is_released_once_in_order_or_counted_as_missing(
    actions: list[str], allowed: int
) -> None:
    world = World(allowed)
    for action in actions:
        world.act(action)
    world.deliver(world.make())
    world.settle()
    last_id = FIRST_ID
    for released in world.trades()[1:]:
        assert released.trade_id == last_id + 1 + (released.missing_before or 0)
        last_id = released.trade_id
    assert last_id == world.next_id - 1
    assert not world.sequence.holding


@given(ACTIONS)
@settings(max_examples=200, deadline=None)
def test_with_a_helpful_exchange_nothing_is_missing_not_even_the_last_trade(
    actions: list[str],
) -> None:
    world = World(allowed=1_000)
    for action in actions:
        world.act("answer" if action == "give_up" else action)
    world.settle()
    assert [t.trade_id for t in world.trades()] == list(range(FIRST_ID, world.next_id))
    assert not any(isinstance(output, GapMarker) for output in world.out)


@given(ACTIONS)
@settings(max_examples=1_500, deadline=None)
def test_no_trade_is_released_behind_a_time_that_was_proven(actions: list[str]) -> None:
    world = World(allowed=1_000)
    proven_ms = 0
    for action in [*actions, "deliver", "answer", "ask", "newest"]:
        before = len(world.out)
        world.act(action)
        for output in world.out[before:]:
            if isinstance(output, Trade):
                assert output.event_time_ms >= proven_ms
        proven_ms = max(proven_ms, world.sequence.proven_ms)


@given(ACTIONS.map(lambda actions: [one for one in actions if one != "restart"]))
@settings(max_examples=500, deadline=None)
def test_no_marker_is_released_behind_a_time_that_was_proven_since_the_start(
    actions: list[str],
) -> None:
    world = World(allowed=1_000)
    for action in actions:
        before, proven_ms = len(world.out), world.sequence.proven_ms
        world.act(action)
        for output in world.out[before:]:
            if isinstance(output, GapMarker):
                assert output.event_time_ms >= proven_ms


@given(ACTIONS)
@settings(max_examples=500, deadline=None)
def test_everything_proven_has_been_released_or_counted(actions: list[str]) -> None:
    world = World(allowed=1_000)
    for action in actions:
        world.act(action)
        made = sum(time_of(i) < world.sequence.proven_ms for i in range(FIRST_ID, world.next_id))
        accounted = sum(1 + (one.missing_before or 0) for one in world.trades())
        assert accounted >= made


@given(ACTIONS)
@settings(max_examples=200, deadline=None)
def test_every_unproven_second_that_a_left_gap_touches_is_marked(
    actions: list[str],
) -> None:
    world = World(allowed=0)
    proven_ms: dict[int, int] = {}
    for action in actions:
        proven_ms[len(world.out)] = world.sequence.proven_ms
        world.act(action)
    marked = {out.event_time_ms // 1000 for out in world.out if isinstance(out, GapMarker)}
    last: Trade | None = None
    for number, output in enumerate(world.out):
        if isinstance(output, Trade):
            if last is not None and output.missing_before:
                known_ms = proven_ms[max(one for one in proven_ms if one <= number)]
                since_ms = max(last.event_time_ms, known_ms)
                assert marked >= set(range(since_ms // 1000, output.event_time_ms // 1000))
            last = output
