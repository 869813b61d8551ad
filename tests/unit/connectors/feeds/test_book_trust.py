"""What a book feed vouches for: nothing that a frame which is still to come can change."""

from collections.abc import Mapping, Sequence

import pytest

from connectors.connect.contract import SourceRecord
from connectors.connect.telemetry import Metric
from connectors.feeds.book_feed import Batch
from connectors.feeds.events import DepthReceived, Malformed, TickerReceived
from connectors.feeds.held_frames import MAX_FRAMES
from connectors.feeds.messages import (
    CLOCK,
    AskTime,
    FetchSnapshot,
    OpenConnection,
    PingConnection,
)
from connectors.feeds.snapshot_requests import RARE_RETRY_S
from tests.support.book_feeds import (
    BTC,
    ETH,
    HOLD_S,
    MARKET,
    SYMBOLS,
    TOPIC,
    World,
    diff,
    ticker,
    timed,
)
from tests.support.connector_doubles import values
from tests.support.depth import TIME_MS, snapshot


def live(world: World, symbol: str = BTC, connection: int = 1) -> None:
    """Make a book live at update id 10, 10 ms after `TIME_MS`."""
    world.tick()
    world.answer(symbol)
    world.on(diff(10, 10, symbol), connection=connection)


@pytest.fixture
def world() -> World:
    """Both books live on one connection."""
    world = World()
    world.connect()
    live(world)
    live(world, ETH)
    return world


@pytest.fixture
def apart() -> World:
    """Both books live, each on a connection of its own."""
    world = World(symbols_per_group=1)
    for connection, symbol in ((1, BTC), (2, ETH)):
        world.connect(connection)
        live(world, symbol, connection)
    return world


def reported(batch: Batch) -> list[object]:
    return [value["event"] for value in values(batch.records, "feed_events")]


def letters(batch: Batch) -> list[object]:
    return [value["reason"] for value in values(batch.records, "dead_letters")]


def beats(batch: Batch) -> list[int]:
    """Give the heartbeats of a batch, each once."""
    times = [
        int(str(value["event_time_ms"])) - TIME_MS
        for value in values(batch.records, TOPIC)
        if value["kind"] == "heartbeat"
    ]
    return sorted(set(times))


def rows(batch: Batch, symbol: str = BTC) -> list[tuple[object, int]]:
    """Give kind, and time after `TIME_MS`, of a book's records in order."""
    return [
        (value["kind"], int(str(value["event_time_ms"])) - TIME_MS)
        for value in values(batch.records, TOPIC)
        if value.get("symbol") == symbol
    ]


def late(records: Sequence[SourceRecord]) -> list[Mapping[str, object]]:
    return [value for value in values(records, TOPIC) if "late_after_ms" in value]


class TestLag:
    def test_a_lag_spike_settles_no_second_past_a_change_that_is_still_to_come(
        self, world: World
    ) -> None:
        batches = [world.on(timed(diff(11, 0), 900))]
        # The publisher falls behind: what is made at 1,100 ms and later comes seconds later.
        for update_id, publish_ms, lag_ms in (
            (12, 1_400, 300),
            (13, 2_300, 1_100),
            (14, 3_300, 2_000),
            (15, 4_400, 2_100),
            (16, 4_500, 900),
            (17, 4_600, 10),
        ):
            batches.append(world.on(timed(diff(update_id, 0), publish_ms, lag_ms)))
        records = [record for batch in batches for record in batch.records]
        assert late(records) == []
        # Proven is the publish time less the largest lag, less the margin.
        assert beats(batches[-1]) == [2_000]

    def test_a_fast_stream_does_not_vouch_for_a_slow_one_of_the_same_book(
        self, world: World
    ) -> None:
        world.on(timed(diff(11, 0), 900))
        # Best bid and ask come at once, the diffs of the same changes 2.1 s later.
        best = [ticker(12 + n, bid_size=str(12 + n)) for n in range(12)]
        fast = [world.on(timed(best[n], 1_300 + 100 * n)) for n in range(12)]
        assert [row for batch in fast for row in rows(batch)] == [
            ("unsynced", 897),
            ("unsynced", 1_000),
        ]
        records = [record for batch in fast for record in batch.records]
        for n in range(12):
            records += world.on(timed(diff(12 + n, 0), 3_400 + 100 * n, 2_100)).records
        assert late(records) == []

    def test_silence_is_proven_minus_the_lag_too(self, world: World) -> None:
        world.on(timed(diff(11, 0), 900, 700))
        world.tick(1.5)
        world.feed.on_time(1, TIME_MS + 2_600, world.now())
        world.tick(0.5)
        world.feed.on_alive(1, world.now())
        assert beats(world.feed.take_batch()) == [1_000]

    def test_a_change_that_comes_after_its_second_was_vouched_for_says_so(
        self, world: World
    ) -> None:
        world.on(diff(11, 1_600, ETH))
        assert beats(world.on(diff(12, 2_600, ETH))) == [2_000]
        records = world.on(timed(diff(11, 0), 2_600, 1_200)).records
        stamped = [(v["kind"], v["event_time_ms"], v["late_after_ms"]) for v in late(records)]
        assert stamped == [("top", TIME_MS + 1_400, TIME_MS + 2_000)]
        on_time = [v for v in values(records, TOPIC) if "late_after_ms" not in v]
        assert ("top", TIME_MS + 2_000) in [(v["kind"], v["event_time_ms"]) for v in on_time]


class TestHolding:
    def test_a_book_is_not_settled_past_its_last_diff_while_best_prices_are_ahead(
        self, world: World
    ) -> None:
        world.on(diff(11, 900))
        world.on(ticker(12))
        assert beats(world.on(diff(11, 1_510, ETH))) == []
        batch = world.on(diff(12, 1_620))
        assert beats(batch) == [1_000]
        assert ("top", 1_000) in rows(batch)

    def test_a_diff_that_does_not_come_in_time_makes_its_book_unknown_and_holds_nothing(
        self, world: World
    ) -> None:
        world.on(diff(11, 900))
        world.on(ticker(12))
        world.on(diff(11, 1_510, ETH))
        world.on(diff(12, 2_110, ETH))
        batch = world.on(diff(13, 2_120, ETH))
        assert reported(batch) == ["resync_begun"]
        assert rows(batch)[0] == ("unsynced", 900)
        assert rows(batch)[-1] == ("unsynced", 1_000)
        assert beats(batch) == [1_000]
        assert late(batch.records) == []
        assert world.books[BTC].book is not None

    def test_it_is_known_again_without_a_snapshot_from_a_diff_that_is_not_behind(
        self, world: World
    ) -> None:
        world.on(
            diff(11, 900), ticker(12, bid_size="12"), diff(11, 1_510, ETH), diff(12, 2_200, ETH)
        )
        assert world.on(timed(diff(12, 0), 2_300, 1_400)).records == []
        batch = world.on(timed(diff(13, 0), 2_400, 10))
        assert reported(batch) == ["resync_ended"]
        assert rows(batch) == [("unsynced", 2_000), ("top", 2_390)]

    def test_it_is_known_again_from_a_settled_second_when_nothing_is_ahead_any_more(
        self, world: World
    ) -> None:
        world.on(
            diff(11, 900), ticker(12, bid_size="12"), diff(11, 1_510, ETH), diff(12, 2_200, ETH)
        )
        world.on(timed(diff(12, 0), 2_300, 1_400))
        batch = world.on(timed(diff(13, 0, ETH), 4_100))
        assert rows(batch) == [("unsynced", 2_000), ("top", 2_000)]
        assert late(batch.records) == []

    def test_a_gap_found_while_unproven_invalidates_what_was_reported_since_its_last_diff(
        self, world: World
    ) -> None:
        world.on(diff(11, 900), diff(11, 3_600, ETH))
        world.on(ticker(13), diff(12, 3_700, ETH), diff(13, 4_400, ETH))
        batch = world.on(diff(20, 4_500))
        assert reported(batch) == ["resync_begun"]
        assert rows(batch)[0] == ("unsynced", 900)
        assert {kind for kind, _ in rows(batch)} == {"unsynced"}
        assert [v["event_time_ms"] for v in late(batch.records)] == [
            TIME_MS + after_ms for after_ms in (900, 1_000, 2_000)
        ]

    def test_a_diff_that_cannot_be_read_holds_its_book(self, world: World) -> None:
        world.on(diff(11, 900))
        bad = DepthReceived(BTC, TIME_MS + 1_450, 12, 12, [("1E5", "1")], [])
        assert letters(world.on(bad)) == ["bad_decimal"]
        assert beats(world.on(diff(11, 1_520, ETH))) == []
        cut = Malformed("btcusdt@depth@100ms", BTC, "bad_json", "cut", "{")
        world.on(diff(12, 1_530), cut)
        assert beats(world.on(diff(12, 2_600, ETH))) == []

    def test_ids_that_restart_restart_the_book(self, world: World) -> None:
        batch = world.on(diff(3, 900))
        assert reported(batch) == ["resync_begun"]
        assert rows(batch) == [("unsynced", 10)]
        world.on(diff(4, 1_000))
        asked = [w for _ in range(9) for w in world.tick().commands if isinstance(w, FetchSnapshot)]
        assert BTC in {command.symbol for command in asked}
        assert reported(world.answer(last=2)) == ["resync_ended"]


class TestTimes:
    def test_microseconds_are_dead_letters_that_move_nothing(self, world: World) -> None:
        micro = DepthReceived(BTC, TIME_MS * 1_000, 11, 11, [], [])
        best = TickerReceived(BTC, 12, "1", "1", "2", "1", TIME_MS * 1_000, TIME_MS * 1_000)
        batch = world.on(micro, best)
        assert letters(batch) == ["bad_time", "bad_time"]
        assert beats(batch) == []
        assert beats(world.on(diff(11, 1_600))) == [1_000]

    @pytest.mark.parametrize("time_ms", [0, -1, TIME_MS // 1_000])
    def test_a_diff_without_a_time_is_a_dead_letter_and_holds_its_book(
        self, world: World, time_ms: int
    ) -> None:
        world.on(diff(11, 900))
        batch = world.on(DepthReceived(BTC, time_ms, 12, 12, [("100.00", "12")], []))
        assert letters(batch) == ["bad_time"]
        assert rows(batch) == []
        assert world.books[BTC].held_ms == TIME_MS + 900

    def test_best_prices_that_are_refused_for_their_time_hold_their_book_all_the_same(
        self, world: World
    ) -> None:
        world.on(diff(11, 900))
        best = TickerReceived(BTC, 12, "1", "1", "2", "1", TIME_MS * 1_000, TIME_MS * 1_000)
        assert letters(world.on(best)) == ["bad_time"]
        assert world.books[BTC].held_ms == TIME_MS + 900

    def test_a_time_more_than_a_minute_ahead_is_a_dead_letter_and_the_clock_is_asked(
        self, world: World
    ) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.clock.advance(2)
        batch = world.on(diff(11, 3_600_000), diff(11, 1_600))
        assert AskTime(CLOCK) in batch.commands
        assert batch.records == []
        world.feed.on_time(CLOCK, TIME_MS + 2_100, world.now())
        batch = world.feed.take_batch()
        assert letters(batch) == ["bad_time"]
        assert beats(batch) == [1_000]

    def test_a_diff_seconds_ahead_waits_for_the_exchanges_word_and_is_refused_without_it(
        self, world: World
    ) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        assert world.on(diff(11, 20_000), diff(12, 1_600)).records == []
        assert AskTime(CLOCK) in world.tick(1).commands
        world.feed.on_time(CLOCK, TIME_MS + 1_100, world.now())
        batch = world.feed.take_batch()
        assert letters(batch) == ["bad_time"]
        assert max(beats(batch), default=0) <= 1_000

    def test_a_diff_seconds_ahead_is_taken_when_the_exchange_confirms_it(
        self, world: World
    ) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.on(diff(11, 20_000))
        world.clock.advance(1)
        world.feed.on_time(CLOCK, TIME_MS + 20_300, world.now())
        batch = world.feed.take_batch()
        assert letters(batch) == []
        assert [after_ms for _, after_ms in rows(batch)][-1] == 20_000

    def test_an_answer_that_is_seconds_ahead_proves_no_silence(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 20, world.now())
        world.on(diff(11, 900))
        world.tick(1.5)
        world.feed.on_time(1, TIME_MS + 21_500, world.now())
        world.tick(0.5)
        world.feed.on_alive(1, world.now())
        assert beats(world.feed.take_batch()) == []

    def test_the_answer_to_a_ping_proves_nothing_while_frames_are_held(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 20, world.now())
        world.on(diff(11, 900))
        assert AskTime(1) in world.tick(1.5).commands
        world.feed.on_time(1, TIME_MS + 1_600, world.now())
        world.tick(0.5)  # the ping is under way
        world.on(diff(12, 31_536_000_000), diff(13, 1_200))
        world.feed.on_alive(1, world.now())
        assert beats(world.feed.take_batch()) == []

    def test_an_answer_far_from_the_clock_proves_no_silence(self, world: World) -> None:
        world.on(diff(11, 900))
        world.tick(1.5)
        world.feed.on_time(1, TIME_MS + 600_000, world.now())
        world.tick(0.5)
        world.feed.on_alive(1, world.now())
        assert beats(world.feed.take_batch()) == []
        assert AskTime(1) in world.tick(0.6).commands
        world.feed.on_time(1, TIME_MS + 3_600, world.now())
        world.tick(0.5)
        world.feed.on_alive(1, world.now())
        assert beats(world.feed.take_batch()) == [3_000]

    def test_an_answer_far_from_the_clock_ends_no_doubt_about_a_frame(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.clock.advance(2)
        world.on(diff(11, 3_600_000), diff(11, 1_600))
        world.feed.on_time(CLOCK, TIME_MS - 3_600_000, world.now())
        assert letters(world.feed.take_batch()) == []
        assert AskTime(CLOCK) in world.tick(1).commands
        world.feed.on_time(CLOCK, TIME_MS + 3_100, world.now())
        assert letters(world.feed.take_batch()) == ["bad_time"]

    def test_an_answer_in_another_unit_confirms_no_frame(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.clock.advance(2)
        world.on(diff(11, 31_536_000_000))
        world.feed.on_time(CLOCK, 1_000 * TIME_MS, world.now())
        assert letters(world.feed.take_batch()) == ["bad_time"]

    def test_a_first_answer_closes_no_window(self) -> None:
        world = World()
        world.connect()
        world.feed.on_disconnected(1, "cut", world.now())
        for _ in range(12):
            world.tick(1)
        world.feed.on_time(CLOCK, TIME_MS + 600_000, world.now())
        assert beats(world.feed.take_batch()) == []
        world.tick(1)
        world.feed.on_time(CLOCK, TIME_MS + 13_600, world.now())
        assert beats(world.feed.take_batch()) == []
        world.tick(1)
        world.feed.on_time(CLOCK, TIME_MS + 14_600, world.now())
        assert beats(world.feed.take_batch()) == [14_000]

    def test_after_our_sleep_the_exchange_is_asked_before_anything_is_refused(
        self, world: World
    ) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.clock.advance(2)
        world.on(diff(11, 3_600_000), diff(12, 3_600_100))
        world.feed.on_time(CLOCK, TIME_MS + 3_600_200, world.now())
        batch = world.feed.take_batch()
        assert letters(batch) == []
        assert beats(batch) == [3_599_000]

    def test_an_exchange_that_gives_no_time_is_not_waited_for_long(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 100, world.now())
        world.clock.advance(2)
        world.on(diff(11, 3_600_000))
        assert letters(world.tick(2)) == []
        assert letters(world.tick(2)) == ["bad_time"]

    @pytest.mark.parametrize("interval_ms", [100, 14_000])
    def test_books_are_followed_however_far_behind_the_clock_of_rest_is(
        self, interval_ms: int
    ) -> None:
        world, behind_ms, told = World(), 20_000, list[tuple[object, int]]()
        world.feed.on_time(CLOCK, TIME_MS - behind_ms, world.now())
        world.connect()
        for passed_ms in range(100, 50_000, 100):
            batches = []
            if passed_ms % interval_ms == 0:
                batches.append(world.on(diff(10 + passed_ms // interval_ms, passed_ms)))
            batches.append(world.tick(0.1))
            for batch in batches:
                told += rows(batch)
                for command in batch.commands:
                    if isinstance(command, AskTime):
                        answer_ms = TIME_MS + passed_ms - behind_ms
                        world.feed.on_time(command.connection, answer_ms, world.now())
                    elif isinstance(command, FetchSnapshot):
                        told += rows(world.answer(last=10 + passed_ms // interval_ms))
        assert ("top", 42_000) in told

    def test_no_frame_overtakes_those_that_wait_however_many_they_are(self, world: World) -> None:
        world.feed.on_time(CLOCK, TIME_MS + 20, world.now())
        world.on(timed(ticker(11), 9_900), diff(11, 1_500, ETH))
        records = world.on(*(diff(11 + n, 1_600 + n) for n in range(MAX_FRAMES))).records
        assert records == []
        records = world.tick().records
        assert late(records) == []
        tops = [v for v in values(records, TOPIC) if v.get("symbol") == ETH and v["kind"] == "top"]
        assert tops[1]["event_time_ms"] == TIME_MS + 1_500

    def test_a_jump_proves_nothing_before_a_second_frame_confirms_it(self, world: World) -> None:
        assert beats(world.on(diff(11, 30_000, ETH))) == []
        assert beats(world.on(diff(11, 1_600))) == [1_000]
        world.on(diff(12, 40_000))
        assert beats(world.on(diff(13, 40_010))) == [39_000]

    def test_two_times_that_contradict_each_other_make_the_book_unknown(self, world: World) -> None:
        world.on(diff(11, 900))
        world.on(diff(12, 30_500))
        batch = world.on(diff(13, 1_200))
        assert reported(batch) == ["resync_begun"]
        assert rows(batch)[0] == ("unsynced", 900)
        assert ("unsynced", 30_500) in rows(batch)
        assert {kind for kind, _ in rows(batch)} == {"unsynced"}


class TestBestPrices:
    def test_they_are_compared_when_their_diff_comes(self, world: World) -> None:
        world.on(ticker(11, bid_size="11"), ticker(12, bid_size="99"))
        assert reported(world.on(diff(11, 100))) == []
        assert reported(world.on(diff(12, 200))) == ["book_mismatch", "resync_begun"]
        world.on(diff(11, 1_600, ETH))
        assert world.context.telemetry.values[Metric.BOOK_CHECKS] == 2

    def test_a_mismatch_invalidates_what_was_reported_since_the_last_check(
        self, world: World
    ) -> None:
        world.on(ticker(11, bid_size="11"), diff(11, 100), diff(12, 200), diff(13, 300))
        batch = world.on(ticker(14, bid_size="99"), diff(14, 400))
        assert rows(batch) == [("unsynced", 100), ("unsynced", 200), ("unsynced", 300)]

    @pytest.mark.parametrize("text", ["1E-8", "", "-1.0", "NaN", "1_0", "\u0661"])
    def test_one_that_cannot_be_read_is_a_dead_letter(self, world: World, text: str) -> None:
        batch = world.on(TickerReceived(BTC, 10, "100.00", text, "101.00", "1"))
        assert letters(batch) == ["bad_decimal"]
        assert reported(batch) == []
        assert world.books[BTC].book is not None

    @pytest.mark.parametrize(("price", "size"), [("0.00000000", "0.00000000"), ("100.00", "0.0")])
    def test_zero_means_that_a_side_has_no_level(self, world: World, price: str, size: str) -> None:
        for update_id in range(11, 21):
            gone = [(f"{level}.00", "0.000") for level in range(95, 101)]
            world.on(DepthReceived(BTC, TIME_MS + update_id, update_id, update_id, gone, []))
        world = World()
        world.connect()
        world.tick()
        world.answer(snapshot=snapshot(9, bids={}, limit=100))
        world.on(DepthReceived(BTC, TIME_MS + 10, 10, 10, [], [("102.00", "9.000")]))
        for _ in range(10):
            assert world.on(TickerReceived(BTC, 10, price, size, "101.00", "1")).records == []
        assert world.books[BTC].book is not None


class TestConnectionsApart:
    def test_a_cut_connection_neither_delays_the_others_nor_makes_them_late(
        self, apart: World
    ) -> None:
        apart.on(diff(11, 900), connection=1)
        apart.on(diff(11, 900, ETH), connection=2)
        apart.feed.on_disconnected(1, "cut", apart.now())
        records, beaten = [], []
        for second in range(1, 10):
            batch = apart.on(diff(11 + second, 1_000 * second + 600, ETH), connection=2)
            records += batch.records
            beaten += beats(batch)
        assert beaten == [1_000 * second for second in range(1, 10)]
        apart.connect(1)
        records += apart.on(diff(60, 10_100), connection=1).records
        apart.tick()
        records += apart.answer(last=59, epoch=1).records
        assert late(records) == []
        cut = [v for v in values(records, TOPIC) if v.get("symbol") == BTC]
        assert [(v["kind"], v["event_time_ms"]) for v in cut] == [
            ("unsynced", TIME_MS + 900),
            *[("unsynced", TIME_MS + 1_000 * second) for second in range(1, 11)],
            ("top", TIME_MS + 10_100),
        ]

    def test_a_cut_proves_nothing_by_another_symbols_frame_within_the_margin(
        self, world: World
    ) -> None:
        world.on(timed(diff(11, 0), 1_500), timed(diff(11, 0, ETH), 2_150))
        world.feed.on_disconnected(1, "cut", world.now())
        batch = world.feed.take_batch()
        assert rows(batch) == [("unsynced", 1_647)]
        assert rows(batch, ETH) == [("unsynced", 2_147)]
        assert late(batch.records) == []

    def test_a_connection_that_was_behind_is_reported_from_where_it_has_caught_up(
        self, apart: World
    ) -> None:
        apart.feed.on_disconnected(1, "cut", apart.now())
        apart.on(diff(11, 4_600, ETH), connection=2)
        apart.connect(1)
        apart.tick()
        apart.on(diff(20, 2_000), connection=1)
        assert rows(apart.answer(last=19, epoch=1)) == []
        assert rows(apart.on(diff(21, 2_100), connection=1)) == []
        assert ("top", 5_200) in rows(apart.on(diff(22, 5_200), connection=1))

    def test_one_that_proves_nothing_holds_the_others_for_a_bounded_time(
        self, apart: World
    ) -> None:
        apart.on(diff(11, 900), connection=1)
        apart.tick(0)
        beaten = []
        for second in range(1, 14):
            beaten += beats(apart.on(diff(10 + second, 1_000 * second + 600, ETH), connection=2))
            beaten += beats(apart.tick(1))
        assert max(beaten) == 13_000
        assert beaten.count(2_000) < HOLD_S
        again = apart.on(diff(12, 13_700), connection=1)
        assert rows(again) == [("top", 13_700)]

    def test_when_none_is_up_the_time_of_rest_is_vouched_for(self, apart: World) -> None:
        apart.feed.on_time(CLOCK, TIME_MS + 600, apart.now())  # as each task asks at its start
        for connection in (1, 2):
            apart.feed.on_disconnected(connection, "cut", apart.now())
        commands = [command for _ in range(12) for command in apart.tick(1).commands]
        assert AskTime(CLOCK) in commands
        apart.feed.on_time(CLOCK, TIME_MS + 12_600, apart.now())
        batch = apart.feed.take_batch()
        assert beats(batch)[-1] == 12_000
        assert {kind for symbol in SYMBOLS for kind, _ in rows(batch, symbol)} == {"unsynced"}


class TestRestarts:
    def offset(self, partition: str, heartbeat_ms: int) -> tuple[dict[str, str], dict[str, object]]:
        part = {"market": MARKET, "stream": "depth", "partition": partition}
        return part, {"heartbeat_ms": heartbeat_ms}

    def test_each_partitions_heartbeat_is_stored_and_does_not_run_backwards(self) -> None:
        stored = [self.offset("2", TIME_MS + 5_000)]
        world = World(offsets=stored)
        world.connect()
        records = world.on(diff(10, 1_600)).records
        vouched = {
            record.kafka_partition: record.source_offset
            for record in records
            if record.value.get("kind") == "heartbeat"
        }
        late_ms, now_ms = TIME_MS + 5_000, TIME_MS + 1_000
        assert vouched == {
            0: {"heartbeat_ms": now_ms},
            1: {"heartbeat_ms": now_ms},
            2: {"heartbeat_ms": late_ms},
            3: {"heartbeat_ms": now_ms},
        }

    def test_what_lies_in_a_second_that_was_vouched_for_before_a_restart_says_so(self) -> None:
        world = World(offsets=[self.offset(str(n), TIME_MS + 2_000) for n in range(4)])
        world.connect()
        live(world)
        records = world.on(diff(11, 1_700), diff(12, 2_000)).records
        stamped = [v["event_time_ms"] for v in late(records) if v["symbol"] == BTC]
        assert TIME_MS + 1_700 in stamped
        assert TIME_MS + 2_000 not in stamped
        assert {v["late_after_ms"] for v in late(records)} == {TIME_MS + 2_000}

    def test_what_was_vouched_for_counts_however_far_the_exchange_seems_behind_it(self) -> None:
        """A clock that is wrong must not make the record of a closed second look as if in time."""
        world = World(offsets=[self.offset(str(n), TIME_MS + 90_000) for n in range(4)])
        world.connect()
        live(world)
        batch = world.on(diff(11, 1_700))
        assert beats(batch) == [90_000]
        changes = [v for v in late(batch.records) if v["event_time_ms"] == TIME_MS + 1_700]
        assert {v["late_after_ms"] for v in changes} == {TIME_MS + 90_000}


class TestSnapshots:
    def test_one_is_not_dated_by_a_clock_from_a_cache(self) -> None:
        world, told = World(), list[tuple[object, int]]()
        world.feed.on_time(CLOCK, TIME_MS, world.now())
        world.connect()
        for passed_ms in range(100, 14_000, 100):
            batch = world.tick(0.1)
            told += rows(batch)
            for command in batch.commands:
                if isinstance(command, AskTime):
                    is_cached = 2_000 <= passed_ms < 9_000
                    time_ms = TIME_MS + (2_000 if is_cached else passed_ms)
                    world.feed.on_time(command.connection, time_ms, world.now())
                elif isinstance(command, PingConnection):
                    world.feed.on_alive(command.connection, world.now())
            if passed_ms == 8_000:
                # It contains what happened until now, and no frame tells of it.
                told += rows(world.answer())
        assert min(after_ms for kind, after_ms in told if kind == "top") >= 8_000

    def test_a_symbol_that_is_gone_is_reported_once_then_asked_for_rarely(
        self, world: World
    ) -> None:
        world.feed.on_disconnected(1, "cut", world.now())
        world.connect()
        world.tick()
        gone = {"snapshot": None, "failure": "HTTP 400", "is_final": True, "is_gone": True}
        assert reported(world.answer(epoch=1, **gone)) == ["symbol_gone"]
        world.answer(ETH, epoch=1)
        asked = []
        for _ in range(int(RARE_RETRY_S)):
            asked += [w.symbol for w in world.tick(1).commands if isinstance(w, FetchSnapshot)]
        assert asked.count(BTC) <= 1
        assert reported(world.answer(epoch=1, **gone)) == []
        batches = [world.on(diff(10 + n, 910_000 + 100 * n, ETH)) for n in range(30)]
        assert any(beats(batch) for batch in batches)

    def test_a_permanent_refusal_is_reported_as_such(self, world: World) -> None:
        refused = {"snapshot": None, "failure": "HTTP 451", "is_final": True}
        assert reported(world.answer(**refused)) == ["symbol_refused"]
        assert world.books[BTC].book is not None

    def test_an_audit_finds_a_book_whose_two_streams_have_died(self, world: World) -> None:
        world.on(diff(11, 900))
        world.books[BTC].request_audit()
        world.answer(snapshot=snapshot(50, bids={100: 3}))
        batches = [world.on(diff(10 + n, 1_000 + 100 * n, ETH)) for n in range(1, 15)]
        assert [event for batch in batches for event in reported(batch)] == ["resync_begun"]
        batches += [world.tick(1) for _ in range(8)]
        events = [event for batch in batches for event in reported(batch)]
        assert "stream_silent" in events
        assert any(OpenConnection(2, SYMBOLS) in batch.commands for batch in batches)
