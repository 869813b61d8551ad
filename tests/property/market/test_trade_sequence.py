"""An exchange that loses, repeats and reorders frames, and a connector that restarts at will."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from market.backfills import BackfillRequest, BackfillResult
from market.records import GapMarker, Trade
from market.trade_sequence import Output, TradeSequence
from tests.trades import MARKET, START_MS, STREAM, SYMBOL, trade

FIRST_ID = 100
STEP_MS = 700

ACTIONS = st.lists(
    st.sampled_from(
        [
            "deliver",
            "deliver",
            "deliver",
            "lose",
            "swap",
            "repeat",
            "cut",
            "cut",
            "restart",
            "check",
            "answer",
            "fail",
            "half",
        ]
    ),
    min_size=5,
    max_size=80,
)


def time_of(trade_id: int) -> int:
    return START_MS + trade_id * STEP_MS


@dataclass
class World:
    """The exchange, the connection and one sequence, with what came out of it."""

    allowed: int
    next_id: int = FIRST_ID
    connection_time_ms: int = 0
    out: list[Output] = field(default_factory=list)
    pending: list[tuple[BackfillRequest, int]] = field(default_factory=list)
    """Requests, each with the newest id at the moment of asking: a look-up may be that old."""
    sequence: TradeSequence = field(init=False)

    def __post_init__(self) -> None:
        self.sequence = TradeSequence(MARKET, SYMBOL, STREAM, self.allowed)
        self.deliver(self.make())

    def make(self) -> Trade:
        made = trade(self.next_id, time_of(self.next_id))
        self.next_id += 1
        return made

    def collect(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, BackfillRequest):
                self.pending.append((output, self.next_id - 1))
        self.out += outputs

    def deliver(self, delivered: Trade) -> None:
        self.connection_time_ms = max(self.connection_time_ms, delivered.event_time_ms)
        self.collect(self.sequence.on_trade(delivered))

    def connect(self) -> None:
        """A new connection proves the exchange's time at once; what it missed is older."""
        self.connection_time_ms = time_of(self.next_id - 1)
        self.sequence.on_connected()

    def answer(self, keep: slice, failure: str = "") -> None:
        if self.pending:
            request, newest_id = self.pending.pop(0)
            ids = range(request.from_id, (request.to_id or newest_id) + 1)
            trades = tuple(trade(i, time_of(i), "backfill") for i in ids[keep])
            self.collect(self.sequence.on_backfill(BackfillResult(request, trades, failure), 0))

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
            case "cut":
                self.make()
                self.connect()
            case "restart":
                self.pending.clear()
                position = self.sequence.position()
                self.sequence = TradeSequence(MARKET, SYMBOL, STREAM, self.allowed, position)
                self.connect()
            case "check":
                if (look_up := self.sequence.needs_check()) is not None:
                    self.collect([look_up])
            case "answer":
                self.answer(slice(None))
            case "fail":
                self.answer(slice(0), "HTTP 503")
            case "half":
                self.answer(slice(None, None, 2), "HTTP 503")

    def settle(self) -> None:
        """One more trade, and every answer that is still asked for."""
        self.deliver(self.make())
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
    world.settle()
    last_id = FIRST_ID
    for released in world.trades()[1:]:
        assert released.trade_id == last_id + 1 + (released.missing_before or 0)
        last_id = released.trade_id
    assert last_id == world.next_id - 1
    assert not world.sequence.holding
    assert not world.sequence.recovering


@given(ACTIONS)
@settings(max_examples=200, deadline=None)
def test_with_a_willing_exchange_nothing_is_missing(actions: list[str]) -> None:
    world = World(allowed=1_000)
    for action in actions:
        world.act("answer" if action in ("fail", "half") else action)
    world.settle()
    assert [t.trade_id for t in world.trades()] == list(range(FIRST_ID, world.next_id))
    assert not any(isinstance(output, GapMarker) for output in world.out)


@given(ACTIONS)
@settings(max_examples=1_500, deadline=None)
def test_no_trade_is_released_behind_a_time_that_was_proven(actions: list[str]) -> None:
    world = World(allowed=1_000)
    proven_ms = 0
    for action in [*actions, "deliver", "answer"]:
        before = len(world.out)
        world.act(action)
        for output in world.out[before:]:
            if isinstance(output, Trade | GapMarker):
                assert output.event_time_ms >= proven_ms
        proven_ms = max(proven_ms, world.sequence.proven_time_ms(world.connection_time_ms))


@given(ACTIONS)
@settings(max_examples=200, deadline=None)
def test_every_second_that_a_left_gap_touches_is_told(actions: list[str]) -> None:
    world = World(allowed=0)
    for action in actions:
        world.act(action)
    world.settle()
    told: set[int] = set()
    last: Trade | None = None
    for output in world.out:
        if isinstance(output, GapMarker):
            told.add(output.event_time_ms // 1000)
        elif isinstance(output, Trade):
            if last is not None and output.missing_before:
                seconds = range(last.event_time_ms // 1000, output.event_time_ms // 1000)
                assert told >= set(seconds)
            last = output
