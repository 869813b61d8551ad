"""How a book task starts, and how it refuses to."""

from threading import Event

import pytest

from connectors.binance.books import BooksConnector, SpotBooksConnector, UsdmBooksConnector
from connectors.binance.venues import SPOT
from connectors.connect.config import Settings
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import TASK_PARTITIONS, owned_partitions, shares
from connectors.connect.worker_config import parse_connector
from connectors.feeds.venue import RestError
from tests.contract.connectors.binance.exchange import Answer, Exchange
from tests.support.connector_doubles import HandClock, context, values


def settings_of(connector: BooksConnector, **config: object) -> Settings:
    given = {"connector.class": "connectors.binance.books", "exchange": "simulator"}
    return parse_connector("books", connector.keys, given | config)


def test_an_unknown_symbol_is_told_and_the_others_are_followed(exchange: Exchange) -> None:
    connector = SpotBooksConnector()
    config = {"simulator.url": exchange.url, "symbols": "BTCUSDT,NOPEUSDT"}
    task = connector.task_class()
    task.start(settings_of(connector, **config), context())
    try:
        records = [record for _ in range(20) for record in task.poll(0.05)]
    finally:
        task.stop()
    events = [(v["event"], v["symbol"]) for v in values(records, "feed_events")]
    assert events[0] == ("symbol_refused", "NOPEUSDT")
    assert ("connected", "") in events
    assert exchange.handshakes[0] == "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker"


def test_only_unknown_symbols_are_a_configuration_error(exchange: Exchange) -> None:
    connector = SpotBooksConnector()
    settings = settings_of(connector, **{"simulator.url": exchange.url, "symbols": "NOPE,NADA"})
    task = connector.task_class()
    with pytest.raises(ConfigError, match=r"found NOPE,NADA; it offers 2, none of these"):
        task.start(settings, context())
    task.stop()


def test_an_exchange_that_refuses_is_an_error_of_its_own(exchange: Exchange) -> None:
    exchange.scripted["exchangeInfo"].append(Answer(403, {"code": -1, "msg": "no"}))
    connector = SpotBooksConnector()
    settings = settings_of(connector, **{"simulator.url": exchange.url, "symbols": "BTCUSDT"})
    task = connector.task_class()
    with pytest.raises(RestError, match="refused with HTTP 403"):
        task.start(settings, context())
    task.stop()


def test_a_task_that_never_started_can_be_stopped() -> None:
    UsdmBooksConnector.task_class().stop()


def test_levels_that_the_exchange_does_not_serve_and_no_symbols_are_refused_at_once() -> None:
    connector = UsdmBooksConnector()
    settings = settings_of(connector, **{"symbols": "", "snapshot.limit": 5_000})
    with pytest.raises(ConfigError) as caught:
        connector.task_settings(settings, 1)
    assert "binance-usdm accepts 5, 10, 20, 50, 100, 500, 1000, found 5000" in str(caught.value)
    assert "expected at least one, found none" in str(caught.value)


def test_tasks_own_partitions_so_that_a_heartbeat_vouches_for_all_of_their_symbols() -> None:
    connector = SpotBooksConnector()
    symbols = tuple(f"S{number}USDT" for number in range(20))
    settings = settings_of(connector, symbols=",".join(symbols))
    tasks = connector.task_settings(settings, 2)
    assert [(owned_partitions(task, 4), task.names("symbols")) for task in tasks] == shares(
        symbols, "binance-spot", 4, 2
    )
    assert len(tasks) == 2


def test_a_task_whose_symbols_are_all_unknown_still_vouches_for_its_partitions(
    exchange: Exchange,
) -> None:
    connector = SpotBooksConnector()
    given = settings_of(connector, **{"simulator.url": exchange.url, "symbols": "NOPEUSDT"})
    own = Settings({**given.values, TASK_PARTITIONS: "1,3"})
    task, now = connector.task_class(), context()
    task.start(own, now)
    try:
        records = []
        for _ in range(40):
            now.clock.advance(0.5)  # type: ignore[attr-defined]
            records += task.poll(0.05)
    finally:
        task.stop()
    beats = [record for record in records if record.value.get("kind") == "heartbeat"]
    assert {record.kafka_partition for record in beats} == {1, 3}
    assert exchange.handshakes == []


def test_every_key_teaches_its_meaning() -> None:
    for key in SpotBooksConnector.keys:
        assert key.description.endswith(".")
        assert not key.problem(key.default) or key.default is None


@pytest.mark.parametrize(
    ("status", "code", "is_final", "is_gone"),
    [
        (400, -1121, True, True),
        (451, 0, True, False),
        (400, -1112, False, False),  # a book without orders may have some soon
        (429, -1003, False, False),
    ],
)
def test_a_snapshot_that_is_refused_for_good_says_so(
    exchange: Exchange, status: int, code: int, is_final: bool, is_gone: bool
) -> None:
    exchange.scripted["depth"].append(Answer(status, {"code": code, "msg": "no"}))
    rest = SPOT.books_rest(SPOT.endpoints("simulator", exchange.url), HandClock(), Event())
    answer = rest.snapshot("BTCUSDT", 1_000, epoch=3)
    assert (answer.is_final, answer.is_gone, answer.snapshot) == (is_final, is_gone, None)
