"""The newest ids of many symbols, from a server that refuses a list because of one symbol."""

from threading import Event
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from connectors.binance.newest_ids import MANY_SYMBOLS
from connectors.binance.rest import SpotRest
from connectors.binance.rest_client import ATTEMPTS
from connectors.binance.venues import SPOT, simulator_endpoints
from connectors.connect.clock import SystemClock
from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import Message
from connectors.feeds.rest_threads import RestThreads
from connectors.feeds.venue import RestError
from market.trades.backfills import NewestIds
from tests.contract.connectors.binance.exchange import Answer, Exchange
from tests.contract.connectors.binance.test_rest import Impatient
from tests.support.connector_doubles import HandClock
from tests.support.trades import START_MS

AS_OF_MS = START_MS + 8


@pytest.fixture
def rest(exchange: Exchange) -> SpotRest:
    clock = HandClock()
    return SpotRest(simulator_endpoints(exchange.url), clock, Impatient(clock))


def listed(exchange: Exchange, count: int) -> list[str]:
    exchange.offered = [f"S{number}USDT" for number in range(count)]
    for number, symbol in enumerate(exchange.offered):
        exchange.lose(symbol, 100 + number)
    return list(exchange.offered)


def chunks(exchange: Exchange) -> list[list[str]]:
    """Return the symbols of each request for tickers."""
    queries = [parse_qs(urlsplit(path).query) for path in exchange.requests if "/24hr" in path]
    return [msgspec.json.decode(query.get("symbols", ["[]"])[0]) for query in queries]


def test_the_time_is_asked_first_then_the_small_tickers(rest: SpotRest, exchange: Exchange) -> None:
    exchange.lose("BTCUSDT", 7, 8)
    assert rest.newest_ids(["BTCUSDT"]) == NewestIds(AS_OF_MS, {"BTCUSDT": 8})
    time, tickers = exchange.requests
    assert time.endswith("/api/v3/time")
    assert "/api/v3/ticker/24hr?type=MINI&symbols=" in tickers


def test_a_listed_symbol_without_a_trade_has_no_id(rest: SpotRest) -> None:
    assert rest.newest_ids(["ETHUSDT"]).ids == {"ETHUSDT": None}


def test_a_request_names_at_most_twenty_symbols(rest: SpotRest, exchange: Exchange) -> None:
    symbols = listed(exchange, 45)
    newest = rest.newest_ids(symbols)
    assert newest.ids == {symbol: 100 + number for number, symbol in enumerate(symbols)}
    assert [len(chunk) for chunk in chunks(exchange)] == [20, 20, 5]


def test_very_many_symbols_are_asked_for_in_one_request(rest: SpotRest, exchange: Exchange) -> None:
    symbols = listed(exchange, MANY_SYMBOLS + 2)
    assert rest.newest_ids(symbols[:-1]).ids.keys() == set(symbols[:-1])
    assert chunks(exchange) == [[]]


@pytest.mark.parametrize("gone", [{0}, {19}, {3, 4}, {0, 7, 19}, set(range(20))])
def test_symbols_that_are_gone_are_found_and_the_others_answered(
    rest: SpotRest, exchange: Exchange, gone: set[int]
) -> None:
    symbols = listed(exchange, 20)
    left = [symbol for number, symbol in enumerate(symbols) if number not in gone]
    exchange.offered = left
    newest = rest.newest_ids(symbols)
    assert (sorted(newest.ids), newest.failure) == (sorted(left), "")


def test_a_symbol_that_is_refused_for_another_reason_is_not_gone(
    rest: SpotRest, exchange: Exchange
) -> None:
    listed(exchange, 2)
    refusal = Answer(451, {"code": 0, "msg": "restricted"})
    exchange.scripted["24hr"] += [refusal, refusal]
    newest = rest.newest_ids(["S0USDT", "S1USDT"])
    assert newest.ids == {"S1USDT": 101}
    assert "S0USDT: refused with HTTP 451" in newest.failure


def test_a_refusal_that_is_meant_for_all_is_not_asked_symbol_by_symbol(
    rest: SpotRest, exchange: Exchange
) -> None:
    symbols = listed(exchange, 200)
    exchange.scripted["24hr"] += [Answer(451, {"code": 0, "msg": "restricted"})] * 300
    newest = rest.newest_ids(symbols)
    assert (newest.ids, "HTTP 451" in newest.failure) == ({}, True)
    assert len(chunks(exchange)) < 10


def test_no_answer_is_a_failure_and_nobody_is_gone(rest: SpotRest, exchange: Exchange) -> None:
    symbols = listed(exchange, 45)
    exchange.scripted["24hr"] += [Answer(503, "busy")] * ATTEMPTS
    newest = rest.newest_ids(symbols)
    assert (newest.ids, "503" in newest.failure) == ({}, True)


@pytest.mark.parametrize("last_id", [-2, 2**63, "7", None, 1.5])
def test_an_id_that_no_column_holds_is_a_failure_of_its_symbol_alone(
    rest: SpotRest, exchange: Exchange, last_id: object
) -> None:
    rows = [{"symbol": "BTCUSDT", "lastId": 8}, {"symbol": "ETHUSDT", "lastId": last_id}]
    exchange.scripted["24hr"].append(Answer(200, rows))
    newest = rest.newest_ids(["BTCUSDT", "ETHUSDT"])
    assert newest.ids == {"BTCUSDT": 8}
    assert "ETHUSDT" in newest.failure


def test_without_the_exchanges_time_there_is_no_answer(rest: SpotRest, exchange: Exchange) -> None:
    exchange.scripted["time"] += [Answer(503, "busy")] * ATTEMPTS
    with pytest.raises(RestError, match="REST time: no answer"):
        rest.newest_ids(["BTCUSDT"])
    assert chunks(exchange) == []


class TestBesideTheStream:
    @pytest.fixture
    def inbox(self) -> Inbox[tuple[int, Message]]:
        return Inbox(100)

    def ask(self, url: str, inbox: Inbox[tuple[int, Message]]) -> Message:
        threads = RestThreads(
            lambda stopping: SPOT.trades_rest(simulator_endpoints(url), SystemClock(), stopping),
            1,
            inbox,
            Event(),
        )
        threads.ask(
            0,
            lambda rest: rest.newest_ids(["BTCUSDT"]),
            lambda reason: NewestIds(0, {}, failure=reason),
        )
        try:
            ((_, message),) = inbox.take(10.0, limit=1)
        finally:
            threads.stop()
        return message

    def test_the_answer_comes_as_a_message(
        self, exchange: Exchange, inbox: Inbox[tuple[int, Message]]
    ) -> None:
        exchange.lose("BTCUSDT", 8)
        assert self.ask(exchange.url, inbox) == NewestIds(AS_OF_MS, {"BTCUSDT": 8})

    def test_so_does_the_failure(self, inbox: Inbox[tuple[int, Message]]) -> None:
        message = self.ask("http://127.0.0.1:9", inbox)
        assert isinstance(message, NewestIds)
        assert (message.as_of_ms, message.ids) == (0, {})
        assert "REST time: no answer" in message.failure
