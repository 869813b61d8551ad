import pytest

from connectors.binance.protocol import (
    Malformed,
    Refused,
    ServerShutdown,
    TradeReceived,
)
from connectors.binance.refusals import Refusals
from connectors.binance.trade_feed import Batch, TradeFeed, Wish
from connectors.runtime.clock import Now
from connectors.runtime.contract import SourceRecord
from connectors.runtime.market_records import MarketRecords
from connectors.runtime.telemetry import Metric
from market.backfills import BackfillRequest, BackfillResult, RefusedTrade
from market.trade_sequence import TradeSequence
from tests.clocks import HandClock
from tests.connector_doubles import context, values
from tests.trades import MARKET, START_MS, backfilled

SYMBOLS = ("BTCUSDT", "ETHUSDT")
HEARTBEAT_S, SILENT_S = 1.0, 60.0


def received(
    trade_id: int, symbol: str = "BTCUSDT", price: str = "61838.1", *, maker: bool = False
) -> TradeReceived:
    time_ms = START_MS + trade_id
    return TradeReceived(symbol, trade_id, price, "0.5", time_ms + 1, time_ms, maker)


class Feed:
    """A feed with its clock and its context."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.context = context(self.clock)
        records = MarketRecords(MARKET, "trade", SYMBOLS, self.context)
        self.feed = TradeFeed(
            MARKET,
            {s: TradeSequence(MARKET, s, f"{s.lower()}@trade", 100) for s in SYMBOLS},
            records,
            Refusals(MARKET, records, self.context.dead_letters),
            self.context.telemetry,
            HEARTBEAT_S,
            SILENT_S,
        )

    def now(self) -> Now:
        return Now(self.clock.time_ms(), self.clock.monotonic_s())

    def connect(self) -> Batch:
        self.feed.on_connected("wss://host/stream?streams=x", self.now())
        return self.feed.take_batch()

    def on(self, *events: TradeReceived | Malformed | Refused | ServerShutdown) -> Batch:
        for event in events:
            self.feed.on_event(event, self.clock.time_ms(), self.now())
        return self.feed.take_batch()

    def tick(self, seconds: float = 0.0) -> Batch:
        self.clock.advance(seconds)
        self.feed.tick(self.now())
        return self.feed.take_batch()


@pytest.fixture
def world() -> Feed:
    feed = Feed()
    feed.connect()
    return feed


def kinds(batch: Batch) -> list[object]:
    return [value["kind"] for value in values(batch.records, "trades")]


def told(batch: Batch) -> list[object]:
    return [value["event"] for value in values(batch.records, "feed_events")]


def reasons(batch: Batch) -> list[object]:
    return [value["reason"] for value in values(batch.records, "dead_letters")]


class TestTrades:
    def test_a_trade_becomes_a_record_that_moves_its_symbols_offset(self, world: Feed) -> None:
        (record,) = world.on(received(7)).records
        assert (record.topic, record.key) == ("trades", "binance-spot|BTCUSDT")
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

    def test_symbols_are_counted_apart(self, world: Feed) -> None:
        batch = world.on(received(7), received(900, "ETHUSDT"), received(8))
        assert [record.value.get("missing_before") for record in batch.records] == [None, None, 0]

    def test_a_gap_is_told_and_asked_for_and_filled_in_order(self, world: Feed) -> None:
        batch = world.on(received(7), received(10))
        assert told(batch) == ["gap_found"]
        assert batch.requests == [BackfillRequest("BTCUSDT", 8, 9)]
        result = BackfillResult(batch.requests[0], backfilled(8, 9))
        world.feed.on_backfill(result, world.now())
        repaired = world.feed.take_batch()
        ids = [value["trade_id"] for value in values(repaired.records, "trades")]
        assert ids == [8, 9, 10]
        assert told(repaired) == ["gap_repaired"]

    def test_a_trade_that_the_history_gives_and_no_column_holds_is_a_dead_letter(
        self, world: Feed
    ) -> None:
        (request,) = world.on(received(7), received(10)).requests
        refused = RefusedTrade(9, "bad_price", "expected more than zero, found '0'", '{"id":9}')
        result = BackfillResult(request, backfilled(8), refused=(refused,))
        world.feed.on_backfill(result, world.now())
        batch = world.feed.take_batch()
        (letter,) = values(batch.records, "dead_letters")
        assert (letter["reason"], letter["payload"]) == ("bad_price", '{"id":9}')
        ids = [v["trade_id"] for v in values(batch.records, "trades") if v["kind"] == "trade"]
        assert ids == [8, 10]

    def test_a_gap_that_is_left_is_marked_and_counted(self, world: Feed) -> None:
        batch = world.on(received(7), received(3_000))
        assert told(batch) == ["gap_found", "gap_left"]
        assert kinds(batch) == ["trade", "gap", "gap", "gap", "trade"]
        assert world.context.telemetry.values[Metric.MISSING] == 2_992
        gap_records = [r for r in batch.records if r.value.get("kind") == "gap"]
        assert all(record.source_offset is None for record in gap_records)


class TestRefusals:
    def test_a_duplicate_goes_to_the_dead_letters(self, world: Feed) -> None:
        batch = world.on(received(7), received(8), received(8))
        assert reasons(batch) == ["duplicate"]
        letter = values(batch.records, "dead_letters")[0]
        assert letter["detail"] == "expected an id after 8, found 8"
        assert letter["stream"] == "btcusdt@trade"

    def test_a_value_that_no_column_holds_is_refused_and_the_rest_goes_on(
        self, world: Feed
    ) -> None:
        batch = world.on(received(7), received(8, price="1e5"), received(9))
        assert reasons(batch) == ["bad_price"]
        assert batch.requests == [BackfillRequest("BTCUSDT", 8, 8)]

    def test_a_malformed_frame_is_kept_as_it_came(self, world: Feed) -> None:
        batch = world.on(Malformed("", "", "bad_json", "expected JSON", '{"e":'))
        letter = values(batch.records, "dead_letters")[0]
        assert (letter["reason"], letter["payload"]) == ("bad_json", '{"e":')
        assert letter["connector"] == "binance-spot"

    def test_a_symbol_that_was_not_asked_for_is_refused(self, world: Feed) -> None:
        assert reasons(world.on(received(1, "DOGEUSDT"))) == ["unknown_symbol"]

    def test_a_refused_request_is_recorded(self, world: Feed) -> None:
        assert reasons(world.on(Refused(4, "Too many subscriptions", 1))) == ["request_refused"]


class TestConnection:
    def test_a_connection_is_told_without_its_query(self) -> None:
        batch = Feed().connect()
        assert told(batch) == ["connected"]
        detail = values(batch.records, "feed_events")[0]["detail"]
        assert detail == "connected to wss://host/stream"

    def test_a_lost_connection_is_told_once(self, world: Feed) -> None:
        world.feed.on_disconnected("reset", world.now())
        world.feed.on_disconnected("refused", world.now())
        assert told(world.feed.take_batch()) == ["disconnected"]

    def test_a_server_that_goes_away_is_left_at_once(self, world: Feed) -> None:
        batch = world.on(ServerShutdown(START_MS))
        assert batch.wishes == [Wish.RECONNECT]
        assert told(batch) == ["server_shutdown"]

    def test_quiet_symbols_are_looked_up_a_second_after_a_reconnect(self, world: Feed) -> None:
        world.on(received(7), received(70, "ETHUSDT"))
        world.connect()
        world.on(received(8))
        assert world.tick(0.5).requests == []
        assert world.tick(0.6).requests == [BackfillRequest("ETHUSDT", 71, None)]

    def test_the_overlap_after_a_reconnect_is_counted(self, world: Feed) -> None:
        world.on(received(7), received(8))
        world.connect()
        assert world.on(received(7), received(8), received(9)).records[0].value["trade_id"] == 9
        world.tick(1.1)
        assert world.context.telemetry.values[Metric.REPEATS] == 2

    def test_a_failed_look_up_is_not_repeated_at_once(self, world: Feed) -> None:
        world.on(received(7))
        world.connect()
        (look_up,) = world.tick(1.1).requests
        world.feed.on_backfill(BackfillResult(look_up, (), "HTTP 503"), world.now())
        assert world.tick(4.5).requests == []
        assert world.tick(1.0).requests == [look_up]

    def test_nothing_is_looked_up_while_disconnected(self, world: Feed) -> None:
        world.on(received(7))
        world.connect()
        world.feed.on_disconnected("reset", world.now())
        assert world.tick(10).requests == []

    def test_a_stream_that_never_speaks_is_reported_once(self, world: Feed) -> None:
        world.on(received(7))
        silent = world.tick(SILENT_S)
        event = next(
            v for v in values(silent.records, "feed_events") if v["event"] == "stream_silent"
        )
        assert (event["symbol"], event["stream"]) == ("ETHUSDT", "ethusdt@trade")
        assert "stream_silent" not in told(world.tick(SILENT_S))


class TestHeartbeats:
    def heartbeats(self, batch: Batch) -> list[SourceRecord]:
        return [record for record in batch.records if record.value.get("kind") == "heartbeat"]

    def test_every_partition_gets_one_without_a_key(self, world: Feed) -> None:
        world.on(received(7))
        beats = self.heartbeats(world.tick())
        assert [(beat.kafka_partition, beat.key) for beat in beats] == [
            (partition, None) for partition in range(4)
        ]
        assert all(beat.source_offset is None for beat in beats)
        assert {beat.value["event_time_ms"] for beat in beats} == {START_MS + 8}

    def test_they_come_after_the_trades_of_their_batch(self, world: Feed) -> None:
        for trade_id in (7, 8, 9):
            world.feed.on_event(received(trade_id), 0, world.now())
        assert kinds(world.tick()) == ["trade"] * 3 + ["heartbeat"] * 4

    def test_they_wait_for_trades_that_are_still_to_come(self, world: Feed) -> None:
        world.on(received(7), received(10))
        beats = self.heartbeats(world.tick())
        assert {beat.value["event_time_ms"] for beat in beats} == {START_MS + 7}

    def test_there_is_none_while_disconnected(self, world: Feed) -> None:
        world.on(received(7))
        world.feed.on_disconnected("reset", world.now())
        assert self.heartbeats(world.tick(5)) == []

    def test_in_silence_the_exchanges_own_time_moves_them(self, world: Feed) -> None:
        world.on(received(7))
        assert Wish.ASK_TIME in world.tick(1.1).wishes
        world.feed.on_time(START_MS + 1_500, world.now())
        assert world.tick(0.4).wishes == [Wish.PING]
        world.feed.on_alive(world.now())
        beats = self.heartbeats(world.tick(1.0))
        assert {beat.value["event_time_ms"] for beat in beats} == {START_MS + 1_500}
