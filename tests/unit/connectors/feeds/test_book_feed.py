"""The book feed: order in event time, connections, snapshots, silence, rotation."""

import pytest

from connectors.feeds.book_feed import Batch
from connectors.feeds.connection_groups import OVERLAP_S
from connectors.feeds.events import DepthReceived, Malformed, Refused, ServerShutdown
from connectors.feeds.messages import CloseConnection, FetchSnapshot, OpenConnection
from tests.support.book_feeds import BTC, ETH, MARKET, SILENT_S, SYMBOLS, TOPIC, World, diff, ticker
from tests.support.connector_doubles import values
from tests.support.depth import TIME_MS, snapshot


@pytest.fixture
def world() -> World:
    """Two books on one connection, BTCUSDT live at update id 10, 10 ms after `TIME_MS`."""
    world = World()
    world.connect()
    world.tick()
    world.answer()
    world.on(diff(10, 10))
    return world


def reported(batch: Batch) -> list[object]:
    return [value["event"] for value in values(batch.records, "feed_events")]


def rows(batch: Batch) -> list[tuple[object, int, object]]:
    """Give kind, time after `TIME_MS`, and symbol of every record of tops, in order."""
    return [
        (value["kind"], int(str(value["event_time_ms"])) - TIME_MS, value.get("symbol", ""))
        for value in values(batch.records, TOPIC)
    ]


def fetched(batch: Batch) -> list[str]:
    return [command.symbol for command in batch.commands if isinstance(command, FetchSnapshot)]


class TestRecords:
    def test_a_diff_becomes_a_top_that_moves_its_symbols_offset(self, world: World) -> None:
        (record,) = world.on(diff(11, 20)).records
        assert (record.topic, record.key) == (TOPIC, "binance-spot|BTCUSDT")
        assert record.source_partition == {
            "market": MARKET,
            "stream": "depth",
            "symbol": BTC,
        }
        assert record.source_offset == {
            "book_sequence": record.value["book_sequence"],
            "written_ms": TIME_MS + 20,
        }

    def test_a_second_is_settled_before_the_diff_that_proves_it(self, world: World) -> None:
        batch = world.on(diff(11, 1_600))
        assert rows(batch) == [
            ("top", 1_000, BTC),
            ("unsynced", 1_000, ETH),
            *[("heartbeat", 1_000, "")] * 4,
            ("top", 1_600, BTC),
        ]

    def test_seconds_that_pass_together_are_reported_in_time_order(self, world: World) -> None:
        batch = world.on(diff(11, 3_600))
        times = [time_ms for _, time_ms, _ in rows(batch)]
        assert times == sorted(times)
        last = [(kind, time_ms) for kind, time_ms, _ in rows(batch)[-5:]]
        assert last == [("heartbeat", 3_000)] * 4 + [("top", 3_600)]

    def test_a_diff_that_shows_a_loss_is_reported_before_the_seconds_that_it_invalidates(
        self, world: World
    ) -> None:
        batch = world.on(diff(20, 3_600))
        kinds = [row for row in rows(batch) if row[2] == BTC]
        assert kinds[0] == ("unsynced", 10, BTC)
        assert {kind for kind, _, _ in kinds} == {"unsynced"}

    def test_a_heartbeat_is_repeated_while_nothing_moves(self, world: World) -> None:
        world.on(diff(11, 1_600))
        world.tick(0.5)
        assert rows(world.tick(0.6)) == [("heartbeat", 1_000, "")] * 4

    def test_levels_are_published_once_a_second(self, world: World) -> None:
        batch = world.on(diff(11, 500), diff(12, 1_200), diff(13, 1_300), diff(14, 2_100))
        levels = values(batch.records, "book_snapshots")
        assert [int(str(v["event_time_ms"])) - TIME_MS for v in levels] == [1_000, 2_000]
        assert [v["last_update_id"] for v in levels] == [11, 13]

    def test_diffs_are_published_when_configured(self) -> None:
        world = World(publish_diffs=True)
        world.connect()
        (value,) = values(world.on(diff(11, 20)).records, "depth_diffs")
        assert value["bid_sizes"] == ["11"]

    def test_a_diff_that_no_book_can_hold_is_refused_and_shows_as_a_gap(self, world: World) -> None:
        bad = DepthReceived(BTC, TIME_MS + 20, 11, 11, [("1e5", "1")], [])
        (letter,) = values(world.on(bad).records, "dead_letters")
        assert (letter["reason"], letter["stream"]) == ("bad_decimal", "btcusdt@depth@100ms")
        assert reported(world.on(diff(12, 30))) == ["resync_begun"]

    def test_frames_that_are_refused_become_dead_letters(self, world: World) -> None:
        foreign = diff(1, 20, "XRPUSDT")
        broken = Malformed("btcusdt@depth", BTC, "bad_json", "cut", "{")
        batch = world.on(foreign, broken, Refused(2, "bad request", 1))
        reasons = [value["reason"] for value in values(batch.records, "dead_letters")]
        assert reasons == ["unknown_symbol", "bad_json", "request_refused"]


class TestSnapshots:
    def test_none_is_requested_before_a_connection_is_up(self) -> None:
        world = World()
        assert fetched(world.tick()) == []
        world.connect()
        assert fetched(world.tick()) == [BTC]

    def test_one_that_is_too_old_is_requested_again(self) -> None:
        world = World()
        world.connect()
        world.on(diff(50, 10))
        world.tick()
        world.answer(last=30)
        asked = [symbol for _ in range(20) for symbol in fetched(world.tick())]
        assert BTC in asked

    def test_one_that_was_requested_before_a_disconnect_is_not_used(self, world: World) -> None:
        world.feed.on_disconnected(1, "cut", world.now())
        world.connect()
        world.answer(last=99, epoch=0)
        assert world.books[BTC].needs_snapshot
        world.answer(last=99, epoch=1)
        assert not world.books[BTC].needs_snapshot

    def test_a_refusal_is_reported_and_obeyed(self, world: World) -> None:
        batch = world.answer(ETH, snapshot=None, failure="HTTP 429", refused_s=20.0)
        (event,) = values(batch.records, "feed_events")
        assert (event["event"], event["detail"]) == (
            "rate_limited",
            "no request for 20 s: HTTP 429",
        )
        assert [s for _ in range(19) for s in fetched(world.tick(1))] == []
        assert [s for _ in range(6) for s in fetched(world.tick(1))] == [ETH]


class TestConnections:
    def test_a_lost_connection_makes_its_books_unknown_since_what_it_proved(self) -> None:
        world = World(symbols_per_group=1)
        for connection, symbol in ((1, BTC), (2, ETH)):
            world.connect(connection)
            world.tick()
            world.answer(symbol)
            world.on(diff(10, 10, symbol), connection=connection)
        world.feed.on_disconnected(2, "cut", world.now())
        batch = world.feed.take_batch()
        assert reported(batch) == ["disconnected", "resync_begun"]
        assert rows(batch) == [("unsynced", 10, ETH)]
        assert world.books[BTC].book is not None

    def test_the_slowest_connection_decides_what_is_settled(self) -> None:
        world = World(symbols_per_group=1)
        world.connect(1)
        world.connect(2)
        world.on(diff(10, 5_000, BTC), connection=1)
        assert "heartbeat" not in {
            row[0] for row in rows(world.on(diff(11, 9_000, BTC), connection=1))
        }
        assert ("heartbeat", 3_000, "") in rows(world.on(diff(10, 3_700, ETH), connection=2))

    def test_failed_attempts_are_not_reported(self, world: World) -> None:
        world.feed.on_disconnected(1, "cut", world.now())
        world.feed.take_batch()
        world.feed.on_disconnected(1, "refused", world.now())
        assert reported(world.feed.take_batch()) == []

    def test_frames_of_a_closed_connection_are_ignored(self, world: World) -> None:
        assert world.on(diff(11, 20), connection=77).records == []
        world.feed.on_disconnected(77, "cut", world.now())
        assert world.connect(77).records == []


class TestRotation:
    def test_a_replacement_takes_over_without_a_resync(self, world: World) -> None:
        batch = world.on(ServerShutdown(1))
        assert reported(batch) == ["server_shutdown"]
        assert OpenConnection(2, SYMBOLS) in batch.commands
        world.connect(2)
        world.on(diff(11, 20), diff(12, 30), connection=1)
        assert world.on(diff(11, 20), diff(12, 30), diff(13, 40), connection=2).records == []
        batch = world.tick(OVERLAP_S)
        assert CloseConnection(1) in batch.commands
        (rotated,) = values(batch.records, "feed_events")
        assert rotated["event"] == "rotated"
        assert str(rotated["detail"]).endswith("2 were equal and 0 different")
        assert ("top", 40, BTC) in rows(batch)
        assert [row[1] for row in rows(world.on(diff(14, 50), connection=2))] == [50]

    def test_a_replacement_that_is_ahead_does_not_make_a_gap(self, world: World) -> None:
        world.on(ServerShutdown(1))
        world.connect(2)
        world.on(diff(30, 100), connection=2)
        world.tick(OVERLAP_S)
        assert reported(world.on(diff(29, 90, first=11), connection=1)) == []
        assert reported(world.tick(0.1)) == ["rotated"]
        assert world.books[BTC].book is not None

    def test_the_end_of_the_old_connection_during_the_overlap_is_no_loss(
        self, world: World
    ) -> None:
        world.on(ServerShutdown(1))
        world.connect(2)
        world.on(diff(11, 20), connection=2)
        world.feed.on_disconnected(1, "going away", world.now())
        assert reported(world.feed.take_batch()) == ["disconnected", "rotated"]
        assert world.books[BTC].book is not None


class TestChecks:
    def test_a_different_best_price_at_an_equal_id_is_a_mismatch(self, world: World) -> None:
        assert world.on(ticker(10, bid_size="10")).records == []
        assert reported(world.on(ticker(10, bid_size="11"))) == ["book_mismatch", "resync_begun"]

    def test_best_prices_that_change_without_diffs_show_silence(self, world: World) -> None:
        batches = []
        for second in range(8):
            world.clock.advance(1)
            batches.append(world.on(ticker(20 + second)))
        events = [event for batch in batches for event in reported(batch)]
        assert events == ["stream_silent", "resync_begun"]
        assert any(OpenConnection(2, SYMBOLS) in batch.commands for batch in batches)
        assert BTC not in fetched(world.tick())

    def test_a_stream_that_never_sends_a_frame_is_reported_once(self, world: World) -> None:
        assert reported(world.tick(SILENT_S - 1)) == []
        batch = world.tick(2)
        (event,) = values(batch.records, "feed_events")
        assert (event["event"], event["symbol"]) == ("stream_silent", ETH)
        assert reported(world.tick(99)) == []

    def test_a_live_book_is_audited_when_its_turn_comes(self, world: World) -> None:
        world.tick(0)
        world.answer(ETH)
        batch = world.tick(150.1)
        asked = fetched(batch) + [s for _ in range(5) for s in fetched(world.tick())]
        assert BTC in asked
        audited = world.answer(last=10, snapshot=snapshot(10))
        assert "book_audited" in reported(audited)
