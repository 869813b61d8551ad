import pytest

from connectors.binance.protocol import trade_stream
from connectors.connect.clock import Now
from connectors.connect.telemetry import Metric
from connectors.feeds.events import Malformed, Refused, ServerShutdown, TradeReceived
from connectors.feeds.held_trades import LONGEST_WAIT_S
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.refusals import Refusals
from connectors.feeds.trade_clock import TradeClock
from connectors.feeds.trade_feed import (
    AskNewestIds,
    Batch,
    Command,
    FeedTimes,
    Reconnect,
    TradeFeed,
)
from market.dictionary.topics import TRADES
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds, RefusedTrade
from market.trades.sequence import TradeSequence
from tests.support.connector_doubles import HandClock, context, values
from tests.support.trades import MARKET, START_MS, backfilled

SYMBOLS = ("BTCUSDT", "ETHUSDT")
HEARTBEAT_S, HOLD_S, LIFETIME_S = 1.0, 10.0, 3_600.0
TOPIC = TRADES[MARKET]


def received(
    trade_id: int, symbol: str = "BTCUSDT", price: str = "61838.1", *, maker: bool = False
) -> TradeReceived:
    time_ms = START_MS + trade_id
    return TradeReceived(symbol, trade_id, price, "0.5", time_ms + 1, time_ms, maker)


class Feed:
    """A feed with its clock, its context and an exchange that answers on demand."""

    def __init__(self, connections: int = 2, **heartbeats_ms: int) -> None:
        self.clock = HandClock()
        self.context = context(self.clock)
        records = MarketRecords(MARKET, "trade", TOPIC, SYMBOLS, self.context)
        for symbol, time_ms in heartbeats_ms.items():
            records.heartbeats_ms[records.partition(symbol)] = time_ms
        self.partition = records.partition
        self.feed = TradeFeed(
            MARKET,
            {s: TradeSequence(MARKET, s, f"{s.lower()}@trade", 100) for s in SYMBOLS},
            range(TOPIC.partitions),
            records,
            Refusals(MARKET, records, self.context.dead_letters, trade_stream),
            self.context.telemetry,
            TradeClock(START_MS, self.clock.monotonic_s()),
            connections,
            FeedTimes(HEARTBEAT_S, HOLD_S, LIFETIME_S),
        )

    def now(self) -> Now:
        return Now(self.clock.time_ms(), self.clock.monotonic_s())

    def connect(self, connection: int = 1) -> Batch:
        self.feed.on_connected(connection, "wss://host/stream?streams=x", self.now())
        return self.feed.take_batch()

    def on(
        self, *events: TradeReceived | Malformed | Refused | ServerShutdown, connection: int = 1
    ) -> Batch:
        for event in events:
            self.feed.on_event(connection, event, self.clock.time_ms(), self.now())
        return self.feed.take_batch()

    def tick(self, seconds: float = 0.0) -> Batch:
        self.clock.advance(seconds)
        self.feed.tick(self.now())
        return self.feed.take_batch()

    def newest(self, as_of_ms: int, failure: str = "", **ids: int | None) -> Batch:
        """Let the exchange answer; without ids it says what has been released."""
        self.feed.on_newest_ids(NewestIds(as_of_ms, ids, failure), self.now())
        return self.feed.take_batch()


@pytest.fixture
def world() -> Feed:
    feed = Feed()
    feed.connect()
    return feed


def kinds(batch: Batch) -> list[object]:
    return [value["kind"] for value in values(batch.records, TOPIC.name)]


def reported(batch: Batch) -> list[object]:
    return [value["event"] for value in values(batch.records, "feed_events")]


def reasons(batch: Batch) -> list[object]:
    return [value["reason"] for value in values(batch.records, "dead_letters")]


class TestTrades:
    def test_a_trade_becomes_a_record_that_moves_its_symbols_offset(self, world: Feed) -> None:
        (record,) = world.on(received(7)).records
        assert (record.topic, record.key) == ("trades.binance-spot", "binance-spot|BTCUSDT")
        assert record.source_partition == {
            "market": "binance-spot",
            "stream": "trade",
            "symbol": "BTCUSDT",
        }
        assert record.source_offset == {"trade_id": 7, "event_time_ms": START_MS + 7}
        assert record.value["trade_id"] == 7
        assert "missing_before" not in record.value

    @pytest.mark.parametrize(("maker", "side"), [(True, "sell"), (False, "buy")])
    def test_the_taker_is_on_the_other_side_of_the_maker(
        self, world: Feed, maker: bool, side: str
    ) -> None:
        (record,) = world.on(received(7, maker=maker)).records
        assert record.value["taker_side"] == side

    def test_symbols_are_counted_separately(self, world: Feed) -> None:
        batch = world.on(received(7), received(900, "ETHUSDT"), received(8))
        assert [record.value.get("missing_before") for record in batch.records] == [None, None, 0]

    def test_a_gap_is_reported_requested_and_filled_in_order(self, world: Feed) -> None:
        batch = world.on(received(7), received(10))
        assert reported(batch) == ["gap_found"]
        assert batch.requests == [BackfillRequest("BTCUSDT", 8, 9)]
        result = BackfillResult(batch.requests[0], backfilled(8, 9))
        world.feed.on_backfill(result, world.now())
        repaired = world.feed.take_batch()
        ids = [value["trade_id"] for value in values(repaired.records, TOPIC.name)]
        assert ids == [8, 9, 10]
        assert reported(repaired) == ["gap_repaired"]

    def test_a_trade_of_the_history_that_no_column_can_hold_is_a_dead_letter(
        self, world: Feed
    ) -> None:
        (request,) = world.on(received(7), received(10)).requests
        refused = RefusedTrade(9, "bad_price", "expected more than zero, found '0'", '{"id":9}')
        result = BackfillResult(request, backfilled(8), refused=(refused,))
        world.feed.on_backfill(result, world.now())
        batch = world.feed.take_batch()
        (letter,) = values(batch.records, "dead_letters")
        assert (letter["reason"], letter["payload"]) == ("bad_price", '{"id":9}')
        ids = [v["trade_id"] for v in values(batch.records, TOPIC.name) if v["kind"] == "trade"]
        assert ids == [8, 10]

    def test_a_gap_that_is_left_is_marked_and_counted(self, world: Feed) -> None:
        batch = world.on(received(7), received(3_000))
        assert reported(batch) == ["gap_found", "gap_left"]
        assert kinds(batch) == ["trade", "gap", "gap", "gap", "trade"]
        assert world.context.telemetry.values[Metric.MISSING] == 2_992
        gap_records = [r for r in batch.records if r.value.get("kind") == "gap"]
        assert all(record.source_offset is None for record in gap_records)


class TestRefusals:
    def test_a_released_id_with_a_later_time_goes_to_the_dead_letters(self, world: Feed) -> None:
        world.on(received(7), received(8))
        late = TradeReceived("BTCUSDT", 8, "1", "1", START_MS + 900, START_MS + 900, False)
        assert world.on(late).records == []
        world.tick()
        batch = world.newest(START_MS + 2_000, BTCUSDT=8)
        assert reasons(batch) == ["duplicate"]
        letter = values(batch.records, "dead_letters")[0]
        assert letter["detail"] == "expected an id after 8, found 8"
        assert letter["stream"] == "btcusdt@trade"

    @pytest.mark.parametrize(
        ("publish_ms", "match_ms"),
        [
            (START_MS * 1_000, START_MS * 1_000),
            (START_MS + 61_000, START_MS + 61_000),
            (START_MS + 50_000, START_MS - 20_000),
        ],
    )
    def test_an_impossible_time_is_refused_and_proves_nothing(
        self, world: Feed, publish_ms: int, match_ms: int
    ) -> None:
        world.on(received(7))
        batch = world.on(TradeReceived("BTCUSDT", 8, "1", "1", publish_ms, match_ms, False))
        assert [*reasons(batch), *reasons(world.tick(LONGEST_WAIT_S))] == ["bad_time"]
        assert [
            value["trade_id"] for value in values(world.on(received(9)).records, TOPIC.name)
        ] == []
        assert world.context.telemetry.values.get(Metric.PROVEN_TIME_MS, 0) < START_MS + 1_000

    def test_a_value_that_no_column_can_hold_is_refused_and_the_rest_continues(
        self, world: Feed
    ) -> None:
        batch = world.on(received(7), received(8, price="1e5"), received(9))
        assert reasons(batch) == ["bad_price"]
        assert batch.requests == [BackfillRequest("BTCUSDT", 8, 8)]

    def ahead(self, trade_id: int, by_ms: int, symbol: str = "BTCUSDT") -> TradeReceived:
        time_ms = START_MS + by_ms
        return TradeReceived(symbol, trade_id, "1", "1", time_ms + 1, time_ms, False)

    def trade_ids(self, batch: Batch) -> list[object]:
        found = values(batch.records, TOPIC.name)
        return [value["trade_id"] for value in found if value["kind"] == "trade"]

    def test_a_trade_far_ahead_waits_for_another_one_and_proves_nothing_alone(
        self, world: Feed
    ) -> None:
        world.on(received(7))
        world.on(self.ahead(8, 49_000), connection=2)
        assert world.on(self.ahead(8, 49_000)).records == []
        assert world.context.telemetry.values.get(Metric.PROVEN_TIME_MS, 0) < START_MS + 1_000
        batch = world.on(self.ahead(70, 49_100, "ETHUSDT"))
        assert sorted(self.trade_ids(batch)) == [8, 70]

    def test_the_exchanges_answer_confirms_it_too(self, world: Feed) -> None:
        world.on(received(7), self.ahead(8, 5_500))
        world.clock.advance(1.0)
        assert self.trade_ids(world.newest(START_MS + 1_000, BTCUSDT=7)) == [8]

    def test_one_whose_time_is_never_confirmed_is_refused_and_fetched(self, world: Feed) -> None:
        world.on(received(7), self.ahead(8, 49_000))
        (request,) = world.on(received(9)).requests
        world.feed.on_backfill(BackfillResult(request, backfilled(8)), world.now())
        assert self.trade_ids(world.feed.take_batch()) == [8, 9]
        assert reasons(world.tick(LONGEST_WAIT_S)) == ["bad_time"]

    def test_no_trade_is_refused_for_a_clock_that_started_wrong(self, world: Feed) -> None:
        batch = world.on(*(self.ahead(trade_id, 120_000) for trade_id in range(7, 207)))
        world.context.dead_letters.check()
        assert batch.records == []
        for passed_ms in (1_000, 2_000):
            world.tick(1.0)
            batch = world.newest(START_MS + 120_000 + passed_ms, ETHUSDT=70)
        assert self.trade_ids(batch) == [*range(7, 207)]

    def test_a_malformed_frame_is_kept_as_received(self, world: Feed) -> None:
        batch = world.on(Malformed("", "", "bad_json", "expected JSON", '{"e":'))
        letter = values(batch.records, "dead_letters")[0]
        assert (letter["reason"], letter["payload"]) == ("bad_json", '{"e":')
        assert letter["connector"] == "binance-spot"

    def test_a_symbol_that_was_not_subscribed_is_refused(self, world: Feed) -> None:
        assert reasons(world.on(received(1, "DOGEUSDT"))) == ["unknown_symbol"]

    def test_a_refused_request_is_recorded(self, world: Feed) -> None:
        assert reasons(world.on(Refused(4, "Too many subscriptions", 1))) == ["request_refused"]


class TestConnections:
    def test_a_connection_is_reported_without_its_query(self) -> None:
        batch = Feed().connect()
        assert reported(batch) == ["connected"]
        detail = values(batch.records, "feed_events")[0]["detail"]
        assert detail == "connection 1 to wss://host/stream"

    def test_a_lost_connection_is_reported_once(self, world: Feed) -> None:
        world.feed.on_disconnected(1, "reset", world.now())
        world.feed.on_disconnected(1, "refused", world.now())
        assert reported(world.feed.take_batch()) == ["disconnected"]

    def test_a_server_that_shuts_down_is_left_at_once(self, world: Feed) -> None:
        world.connect(2)
        batch = world.on(ServerShutdown(START_MS), connection=2)
        assert batch.commands == [Reconnect(2)]
        assert reported(batch) == ["server_shutdown"]

    def test_two_connections_merge_by_id(self, world: Feed) -> None:
        world.connect(2)
        world.on(received(7))
        batch = world.on(received(7), received(8), connection=2)
        assert [value["trade_id"] for value in values(batch.records, TOPIC.name)] == [8]
        assert world.on(received(8), received(9)).records[0].value["missing_before"] == 0
        world.tick()
        assert world.context.telemetry.values[Metric.REPEATS] == 2

    def test_what_one_connection_lacks_the_other_one_delivers(self, world: Feed) -> None:
        world.connect(2)
        world.on(received(7), received(8))
        world.on(received(7), connection=2)
        world.feed.on_disconnected(1, "reset", world.now())
        batch = world.on(received(8), received(9), connection=2)
        assert [value["trade_id"] for value in values(batch.records, TOPIC.name)] == [9]
        assert batch.requests == []

    def test_a_stream_that_dies_on_one_connection_is_reported_and_replaced(
        self,
    ) -> None:
        world = Feed()
        world.connect(1)
        world.connect(2)
        world.on(received(7))
        world.on(received(7), connection=2)
        reported_kinds, commands = [], []
        for trade_id in range(8, 40):
            world.on(received(trade_id))
            batch = world.tick(1.0)
            reported_kinds += reported(batch)
            commands += [one for one in batch.commands if isinstance(one, Reconnect)]
        assert reported_kinds.count("stream_silent") >= 1
        assert commands == [Reconnect(2)]

    def test_each_connection_is_replaced_at_a_different_time(self) -> None:
        world = Feed()
        world.connect(1)
        world.connect(2)
        assert Reconnect(1) in world.tick(LIFETIME_S / 2).commands
        assert [one for one in world.tick(1.0).commands if isinstance(one, Reconnect)] == []
        assert Reconnect(2) in world.tick(LIFETIME_S / 2).commands

    def test_a_connection_is_not_left_while_no_other_is_up(self) -> None:
        world = Feed()
        world.connect(1)
        assert Reconnect(1) not in world.tick(LIFETIME_S).commands


class TestNewestIds:
    def asked(self, batch: Batch) -> list[Command]:
        return [one for one in batch.commands if isinstance(one, AskNewestIds)]

    def test_they_are_requested_at_once_and_then_each_second_one_at_a_time(
        self, world: Feed
    ) -> None:
        assert self.asked(world.tick()) == [AskNewestIds(SYMBOLS)]
        assert self.asked(world.tick(5.0)) == []
        world.newest(START_MS, BTCUSDT=7, ETHUSDT=70)
        assert self.asked(world.tick()) == [AskNewestIds(SYMBOLS)]
        world.newest(START_MS, BTCUSDT=7, ETHUSDT=70)
        assert self.asked(world.tick(0.5)) == []
        assert self.asked(world.tick(0.5)) == [AskNewestIds(SYMBOLS)]

    def test_nothing_is_asked_while_no_connection_is_up(self, world: Feed) -> None:
        world.feed.on_disconnected(1, "reset", world.now())
        world.feed.take_batch()
        assert world.tick(10.0) == Batch()

    @pytest.mark.parametrize("wrong_ms", [START_MS + 600_000, START_MS * 1_000])
    def test_one_answer_with_a_wrong_clock_proves_nothing(self, world: Feed, wrong_ms: int) -> None:
        world.on(received(7), received(70, "ETHUSDT"))
        world.tick(1.0)
        world.newest(wrong_ms, BTCUSDT=7, ETHUSDT=70)
        world.tick()
        assert world.context.telemetry.values[Metric.PROVEN_TIME_MS] < START_MS + 1_000
        world.tick(1.0)
        world.newest(START_MS + 2_000, BTCUSDT=7, ETHUSDT=70)
        world.tick()
        assert world.context.telemetry.values[Metric.PROVEN_TIME_MS] == START_MS + 1_500

    def test_what_none_delivers_is_fetched_and_all_are_replaced(self, world: Feed) -> None:
        world.connect(2)
        world.on(received(7))
        reported_kinds, commands = [], []
        for newest_id in range(8, 30):
            world.tick(1.0)
            batch = world.newest(START_MS + 1_000, BTCUSDT=newest_id)
            reported_kinds += reported(batch)
            commands += batch.commands
            for request in batch.requests:
                ids = range(request.from_id, (request.to_id or 0) + 1)
                result = BackfillResult(request, backfilled(*ids))
                world.feed.on_backfill(result, world.now())
        assert reported_kinds.count("stream_silent") == 1
        assert commands == [Reconnect(1), Reconnect(2)]

    def test_a_symbol_that_is_gone_is_reported_once_and_holds_nothing(self, world: Feed) -> None:
        world.on(received(7), received(70, "ETHUSDT"))
        world.tick()
        assert reported(world.newest(START_MS + 4_000, BTCUSDT=7)) == []
        world.tick(1.0)
        assert reported(world.newest(START_MS + 5_000, BTCUSDT=7)) == ["symbol_gone"]
        batch = world.tick()
        assert kinds(batch).count("unknown") > 0
        beats = [v["event_time_ms"] for v in values(batch.records, TOPIC.name)]
        assert max(int(str(beat)) for beat in beats) >= START_MS + 4_000
        world.tick(1.0)
        assert reported(world.newest(START_MS + 9_500, BTCUSDT=7)) == []

    def test_a_symbol_that_trades_again_is_not_gone(self, world: Feed) -> None:
        world.on(received(7), received(70, "ETHUSDT"))
        for second in (8, 9):
            world.tick(1.0)
            world.newest(START_MS + second * 1_000, BTCUSDT=7)
        world.on(received(71, "ETHUSDT"))
        (asked,) = self.asked(world.tick(1.0))
        assert asked == AskNewestIds(SYMBOLS)


class TestVouching:
    def beats(self, batch: Batch) -> dict[int | None, object]:
        return {
            record.kafka_partition: record.value["event_time_ms"]
            for record in batch.records
            if record.value.get("kind") == "heartbeat"
        }

    def unknown(self, batch: Batch) -> list[tuple[object, object]]:
        return [
            (value["symbol"], value["event_time_ms"])
            for value in values(batch.records, TOPIC.name)
            if value["kind"] == "unknown"
        ]

    def prove(self, world: Feed, as_of_ms: int) -> Batch:
        """Let the exchange confirm both symbols, and return what the next tick gives."""
        world.tick(1.0)
        world.newest(as_of_ms, BTCUSDT=7, ETHUSDT=70)
        return world.tick()

    @pytest.fixture
    def known(self, world: Feed) -> Feed:
        world.on(received(7), received(70, "ETHUSDT"))
        return world

    def test_every_owned_partition_gets_a_heartbeat_without_a_key(self, known: Feed) -> None:
        batch = self.prove(known, START_MS + 5_000)
        assert sorted(self.beats(batch), key=str) == [0, 1, 2, 3]
        beats = [r for r in batch.records if r.value.get("kind") == "heartbeat"]
        assert {beat.key for beat in beats} == {None}
        assert beats[0].source_partition == {
            "market": MARKET,
            "stream": "trade",
            "partition": str(beats[0].kafka_partition),
        }
        assert beats[0].source_offset == {"heartbeat_ms": beats[0].value["event_time_ms"]}

    def test_a_quiet_symbol_is_vouched_for_up_to_the_exchanges_time_minus_its_lag(
        self, known: Feed
    ) -> None:
        beats = self.beats(self.prove(known, START_MS + 5_000))
        assert set(beats.values()) == {START_MS + 4_500}

    def test_the_largest_lag_seen_lately_is_allowed_for(self, known: Feed) -> None:
        known.on(TradeReceived("BTCUSDT", 8, "1", "1", START_MS + 2_108, START_MS + 8, False))
        known.tick(1.0)
        known.newest(START_MS + 5_000, BTCUSDT=8, ETHUSDT=70)
        assert set(self.beats(known.tick()).values()) == {START_MS + 2_900}

    def test_a_living_connection_proves_nothing(self, known: Feed) -> None:
        known.on(*(received(trade_id) for trade_id in range(8, 3_000)))
        beats = self.beats(known.tick())
        assert beats[known.partition("ETHUSDT")] == START_MS + 70

    def test_only_symbols_of_a_partition_hold_it(self, known: Feed) -> None:
        assert known.partition("BTCUSDT") != known.partition("ETHUSDT")
        known.on(received(74, "ETHUSDT"))
        known.tick(1.0)
        known.newest(START_MS + 5_000, BTCUSDT=7, ETHUSDT=74)
        beats = self.beats(known.tick())
        assert beats[known.partition("BTCUSDT")] == START_MS + 4_500
        assert known.partition("ETHUSDT") not in beats

    def test_heartbeats_come_after_the_trades_of_their_batch(self, known: Feed) -> None:
        known.feed.on_event(1, received(2_008), 0, known.now())
        known.feed.on_event(1, received(8), 0, known.now())
        kinds_of = kinds(known.tick())
        assert kinds_of.index("heartbeat") > kinds_of.index("trade")

    def test_there_is_none_while_disconnected(self, known: Feed) -> None:
        known.feed.on_disconnected(1, "reset", known.now())
        known.feed.take_batch()
        assert self.beats(known.tick(5.0)) == {}

    def test_what_cannot_be_proven_is_unknown_after_the_hold_and_releases_the_others(
        self, known: Feed
    ) -> None:
        self.prove(known, START_MS + 5_000)
        unknown = []
        for second in range(6, 6 + int(HOLD_S) + 1):
            batch = known.tick(1.0)
            unknown += self.unknown(batch)
            known.newest(START_MS + second * 1_000, "refused", BTCUSDT=7)
        assert unknown == []
        batch = known.tick(1.0)
        assert [symbol for symbol, _ in self.unknown(batch)] == ["ETHUSDT"] * 11
        times = [time_ms for _, time_ms in self.unknown(batch)]
        assert times[:2] == [START_MS + 4_500, START_MS + 5_000]
        beats = self.beats(batch)
        assert beats[known.partition("ETHUSDT")] == START_MS + 15_000

    def test_a_symbol_is_known_again_once_its_proof_has_passed_what_was_released(
        self, known: Feed
    ) -> None:
        self.prove(known, START_MS + 5_000)
        for second in range(6, 6 + int(HOLD_S) + 2):
            known.tick(1.0)
            known.newest(START_MS + second * 1_000, "refused", BTCUSDT=7)
        known.tick()
        batch = self.prove(known, START_MS + 21_000)
        event = next(
            v for v in values(batch.records, "feed_events") if v["event"] == "symbol_unknown"
        )
        assert (event["symbol"], event["from_time_ms"]) == ("ETHUSDT", START_MS + 4_500)
        assert self.unknown(self.prove(known, START_MS + 22_000)) == []

    def test_a_gap_is_left_when_the_hold_is_over_and_its_symbol_stays_known(
        self, known: Feed
    ) -> None:
        self.prove(known, START_MS + 5_000)
        known.on(TradeReceived("BTCUSDT", 10, "1", "1", START_MS + 6_000, START_MS + 6_000, True))
        records = []
        for second in range(6, 6 + int(HOLD_S) + 3):
            records += known.tick(1.0).records
            known.newest(START_MS + second * 1_000, BTCUSDT=10, ETHUSDT=70)
        left = [r.value for r in records if r.value.get("event") == "gap_left"]
        assert [(event["from_id"], event["to_id"]) for event in left] == [(8, 9)]
        assert not [r for r in records if r.value.get("kind") == "unknown"]

    def test_consecutive_gaps_are_left_together_when_the_hold_is_over(self, known: Feed) -> None:
        self.prove(known, START_MS + 5_000)
        for number, trade_id in enumerate((10, 20, 30)):
            time_ms = START_MS + 6_000 + 100 * number
            known.on(TradeReceived("BTCUSDT", trade_id, "1", "1", time_ms, time_ms, True))
        records = []
        for second in range(6, 6 + int(HOLD_S) + 3):
            records += known.tick(1.0).records
            known.newest(START_MS + second * 1_000, BTCUSDT=30, ETHUSDT=70)
            records += known.tick().records
        left = [r.value for r in records if r.value.get("event") == "gap_left"]
        assert [(event["from_id"], event["to_id"]) for event in left] == [
            (8, 9),
            (11, 19),
            (21, 29),
        ]
        assert not [r for r in records if r.value.get("kind") == "unknown"]

    def test_time_without_any_connection_does_not_count_towards_the_hold(self, known: Feed) -> None:
        self.prove(known, START_MS + 5_000)
        known.feed.on_disconnected(1, "reset", known.now())
        known.clock.advance(HOLD_S * 5)
        known.connect()
        known.tick()
        known.newest(START_MS + 60_000, BTCUSDT=12, ETHUSDT=70)
        assert self.unknown(known.tick(HOLD_S - 2)) == []

    def test_connections_that_flap_do_not_restart_the_hold(self, known: Feed) -> None:
        self.prove(known, START_MS + 1_000)
        unknown = []
        for second in range(1, 2 * int(HOLD_S)):
            known.feed.on_disconnected(1, "reset", known.now())
            known.connect()
            known.newest(START_MS + 1_000 + second * 1_000, "refused")
            unknown += self.unknown(known.tick(1.0))
        assert {symbol for symbol, _ in unknown} == set(SYMBOLS)

    def test_a_record_says_so_when_its_second_had_been_vouched_for(self) -> None:
        world = Feed(BTCUSDT=START_MS + 5_000)
        world.connect()
        (early,) = world.on(received(7)).records
        assert early.value["late_after_ms"] == START_MS + 5_000
        last = TradeReceived("BTCUSDT", 8, "1", "1", START_MS + 5_000, START_MS + 5_000, True)
        (in_time,) = world.on(last).records
        assert "late_after_ms" not in in_time.value
