"""The spot task against an exchange that refuses, garbles and stays silent."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from connectors.binance.spot import SpotTradesConnector, SpotTradesTask
from connectors.connect.errors import ConfigError
from connectors.connect.worker_config import parse_connector
from tests.contract.connectors.binance.exchange import Exchange, frame
from tests.support.connector_doubles import HandClock, context, values

if TYPE_CHECKING:
    from connectors.connect.contract import SourceRecord

POLLS = 100
Offsets = Sequence[tuple[Mapping[str, str], Mapping[str, object]]]


class Spot:
    """A started task and everything it returned."""

    def __init__(
        self, exchange: Exchange, symbols: str, offsets: Offsets = (), **config: object
    ) -> None:
        keys = SpotTradesConnector.keys
        given = {
            "connector.class": "connectors.binance.spot.SpotTradesConnector",
            "exchange": "simulator",
            "simulator.url": exchange.url,
            "symbols": symbols,
        }
        self.clock = HandClock()
        self.records: list[SourceRecord] = []
        self.task = SpotTradesTask()
        settings = parse_connector("spot", keys, {"connections": 1} | given | config)
        (own,) = SpotTradesConnector().task_settings(settings, 1)
        self.task.start(own, context(self.clock, offsets))

    def until(self, topic: str, number: int) -> list[dict[str, object]]:
        for _ in range(POLLS):
            self.records += self.task.poll(0.05)
            if len(values(self.records, topic)) >= number:
                return [dict(value) for value in values(self.records, topic)]
        raise AssertionError(f"expected {number} of {topic}, found {self.records}")

    def __enter__(self) -> "Spot":
        return self

    def __exit__(self, *_: object) -> None:
        self.task.stop()


def test_an_unknown_symbol_is_told_and_the_others_go_on(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT,NOPEUSDT") as spot:
        refused, connected = spot.until("feed_events", 2)
        assert (refused["event"], refused["symbol"]) == ("symbol_refused", "NOPEUSDT")
        assert connected["event"] == "connected"
        assert exchange.handshakes == ["/stream?streams=btcusdt@trade"]


def test_only_unknown_symbols_are_a_configuration_error(exchange: Exchange) -> None:
    with pytest.raises(ConfigError, match=r"found NADA,NOPE; it offers 2, none of these"):
        Spot(exchange, "NOPE,NADA")


def test_garbled_frames_become_dead_letters_and_the_rest_goes_on(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT") as spot:
        spot.until("feed_events", 1)
        exchange.publish("BTCUSDT", 1)
        exchange.send(b'{"stream":"btcusdt@trade","data":{"e":"tra')
        exchange.send(frame("BTCUSDT", 2).replace(b'"0.00017000"', b'"-1"'))
        exchange.publish("BTCUSDT", 3)
        letters = spot.until("dead_letters", 2)
        assert [letter["reason"] for letter in letters] == ["bad_json", "bad_quantity"]
        trades = [v for v in values(spot.records, "trades.binance-spot") if v["kind"] == "trade"]
        assert trades[0]["trade_id"] == 1


def test_a_garbled_trade_is_fetched_from_history(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT") as spot:
        spot.until("feed_events", 1)
        exchange.publish("BTCUSDT", 1)
        exchange.lose("BTCUSDT", 2)
        exchange.send(frame("BTCUSDT", 2)[:-9])
        exchange.publish("BTCUSDT", 3)
        spot.until("feed_events", 3)
        trades = [v for v in values(spot.records, "trades.binance-spot") if v["kind"] == "trade"]
        assert [(t["trade_id"], t["source"]) for t in trades] == [
            (1, "live"),
            (2, "backfill"),
            (3, "live"),
        ]


def test_a_server_shutdown_is_answered_with_a_new_connection(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT") as spot:
        spot.until("feed_events", 1)
        exchange.send(b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}')
        events = [event["event"] for event in spot.until("feed_events", 4)]
        assert events == ["connected", "server_shutdown", "disconnected", "connected"]
        assert len(exchange.handshakes) == 2


def test_in_silence_heartbeats_follow_the_exchanges_clock(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT") as spot:
        spot.until("feed_events", 1)
        beats = spot.until("trades.binance-spot", 4)
        assert {beat["kind"] for beat in beats} == {"heartbeat"}
        assert {beat["event_time_ms"] for beat in beats} == {1_700_000_004_500}


def test_two_connections_carry_the_same_streams_and_bring_each_trade_once(
    exchange: Exchange,
) -> None:
    with Spot(exchange, "BTCUSDT", connections=2) as spot:
        spot.until("feed_events", 2)
        exchange.publish("BTCUSDT", 1, 2, 3)
        spot.until("trades.binance-spot", 7)
        trades = [v for v in values(spot.records, "trades.binance-spot") if v["kind"] == "trade"]
        assert [trade["trade_id"] for trade in trades] == [1, 2, 3]
        assert exchange.handshakes == ["/stream?streams=btcusdt@trade"] * 2


def test_tasks_divide_the_partitions_with_all_symbols_that_go_there(exchange: Exchange) -> None:
    keys, connector = SpotTradesConnector.keys, SpotTradesConnector()
    symbols = ",".join(f"S{number}USDT" for number in range(40))
    given = {"connector.class": "c", "symbols": symbols}
    tasks = connector.task_settings(parse_connector("spot", keys, given), 3)
    owned = [number for task in tasks for number in task.names("task.partitions")]
    assert sorted(owned) == ["0", "1", "2", "3"]
    assert sorted(",".join(task.text("symbols") for task in tasks).split(",")) == sorted(
        symbols.split(",")
    )


def test_a_symbol_that_went_while_nobody_looked_is_unknown_from_its_last_trade_on(
    exchange: Exchange,
) -> None:
    source = {"market": "binance-spot", "stream": "trade", "symbol": "GONEUSDT"}
    offsets = [(source, {"trade_id": 7, "event_time_ms": 1_700_000_002_300})]
    with Spot(exchange, "BTCUSDT,GONEUSDT", offsets) as spot:
        spot.until("trades.binance-spot", 4)
        spot.clock.advance(1.0)  # the exchange is asked again
        spot.until("trades.binance-spot", 10)
        values_ = values(spot.records, "trades.binance-spot")
        marked = [v["event_time_ms"] for v in values_ if v["kind"] == "unknown"]
        assert marked == [1_700_000_002_300, 1_700_000_003_000]
        beats = {v["event_time_ms"] for v in values_ if v["kind"] == "heartbeat"}
        assert max(beats) == 1_700_000_004_500  # the others go on
        told = [event["event"] for event in values(spot.records, "feed_events")]
        assert told == ["symbol_refused", "connected", "symbol_gone"]


def test_a_task_without_any_symbol_vouches_for_its_empty_partitions(exchange: Exchange) -> None:
    keys, connector = SpotTradesConnector.keys, SpotTradesConnector()
    given = {"connector.class": "c", "exchange": "simulator", "simulator.url": exchange.url}
    tasks = connector.task_settings(
        parse_connector("spot", keys, given | {"symbols": "BTCUSDT,NOPEUSDT"}), 4
    )
    (lost,) = [task for task in tasks if task.names("symbols") == ("NOPEUSDT",)]
    task = SpotTradesTask()
    task.start(lost, context(HandClock()))
    records: list[SourceRecord] = []
    for _ in range(POLLS):
        records += task.poll(0.05)
    task.stop()
    beats = [record for record in records if record.value.get("kind") == "heartbeat"]
    owned = {int(number) for number in lost.names("task.partitions")}
    assert {beat.kafka_partition for beat in beats} == owned
