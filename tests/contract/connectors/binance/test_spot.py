"""The spot task against an exchange that refuses, garbles and stays silent."""

from typing import TYPE_CHECKING

import pytest

from connectors.binance.spot import SpotTradesConnector, SpotTradesTask
from connectors.runtime.errors import ConfigError
from connectors.runtime.worker_config import parse_connector
from tests.clocks import HandClock
from tests.connector_doubles import context, values
from tests.contract.connectors.binance.exchange import Exchange, frame

if TYPE_CHECKING:
    from connectors.runtime.contract import SourceRecord

POLLS = 100


class Spot:
    """A started task and everything it returned."""

    def __init__(self, exchange: Exchange, symbols: str, **config: object) -> None:
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
        self.task.start(parse_connector("spot", keys, given | config), context(self.clock))

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
    with pytest.raises(ConfigError, match=r"found NOPE,NADA; it offers 2, none of these"):
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
        trades = [v for v in values(spot.records, "trades") if v["kind"] == "trade"]
        assert trades[0]["trade_id"] == 1


def test_a_garbled_trade_is_fetched_from_history(exchange: Exchange) -> None:
    with Spot(exchange, "BTCUSDT") as spot:
        spot.until("feed_events", 1)
        exchange.publish("BTCUSDT", 1)
        exchange.lose("BTCUSDT", 2)
        exchange.send(frame("BTCUSDT", 2)[:-9])
        exchange.publish("BTCUSDT", 3)
        spot.until("feed_events", 3)
        trades = [v for v in values(spot.records, "trades") if v["kind"] == "trade"]
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
        for _ in range(POLLS):
            spot.clock.advance(0.2)
            spot.records += spot.task.poll(0.02)
            beats = [v for v in values(spot.records, "trades") if v["kind"] == "heartbeat"]
            if beats:
                break
        assert "/api/v3/time" in exchange.requests
        assert beats[0]["event_time_ms"] == 1_700_000_005_000
