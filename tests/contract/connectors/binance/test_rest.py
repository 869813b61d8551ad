"""The REST client against a server that answers as Binance does, and as it sometimes does."""

import threading

import pytest

from connectors.binance.endpoints import simulator
from connectors.binance.rest import SpotRest
from connectors.binance.rest_budget import RestBudget
from connectors.binance.rest_client import ATTEMPTS, RestError
from connectors.runtime.clock import SystemClock
from tests.contract.connectors.binance.exchange import Answer, Exchange
from tests.trades import START_MS

LIMITED = {"code": -1003, "msg": "Too much request weight used"}


class Impatient(threading.Event):
    """Ends every wait at once and remembers how long it should have been."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return self.is_set()


@pytest.fixture
def stopping() -> Impatient:
    return Impatient()


@pytest.fixture
def budget() -> RestBudget:
    return RestBudget(SystemClock())


@pytest.fixture
def rest(exchange: Exchange, budget: RestBudget, stopping: Impatient) -> SpotRest:
    return SpotRest(simulator(exchange.url), budget, stopping)


def test_it_knows_the_exchanges_symbols(rest: SpotRest) -> None:
    assert rest.symbols() == {"BTCUSDT", "ETHUSDT"}


def test_it_tells_the_exchanges_time(rest: SpotRest) -> None:
    assert rest.time_ms() == START_MS + 5_000


def test_history_comes_in_id_order_from_an_id_on(rest: SpotRest, exchange: Exchange) -> None:
    exchange.lose("BTCUSDT", *range(10, 20))
    trades = rest.historical_trades("BTCUSDT", from_id=12, limit=3)
    assert [trade.id for trade in trades] == [12, 13, 14]
    assert trades[0].is_buyer_maker
    assert exchange.requests[-1].endswith("?symbol=BTCUSDT&fromId=12&limit=3")


def test_used_weight_is_read_from_every_answer(rest: SpotRest, budget: RestBudget) -> None:
    rest.time_ms()
    assert budget.used_weight == 25


@pytest.mark.parametrize("status", [429, 418])
def test_an_order_to_wait_is_obeyed(
    rest: SpotRest, exchange: Exchange, stopping: Impatient, status: int
) -> None:
    exchange.scripted["time"].append(Answer(status, LIMITED, {"Retry-After": "23"}))
    assert rest.time_ms()
    assert stopping.waits[-1] == pytest.approx(23, abs=0.5)


def test_a_ban_is_told_instead_of_waited_for(rest: SpotRest, exchange: Exchange) -> None:
    exchange.scripted["time"].append(Answer(418, LIMITED, {"Retry-After": "600"}))
    with pytest.raises(RestError, match=r"no request for \d+ s; use fewer symbols"):
        rest.time_ms()
    assert len(exchange.requests) == 1


def test_a_server_error_is_retried(rest: SpotRest, exchange: Exchange) -> None:
    exchange.scripted["time"] += [Answer(503, "busy"), Answer(500, {"code": -1000, "msg": "?"})]
    assert rest.time_ms() == START_MS + 5_000
    assert len(exchange.requests) == 3


def test_retries_have_an_end_that_names_the_last_answer(rest: SpotRest, exchange: Exchange) -> None:
    exchange.scripted["time"] += [Answer(503, "busy")] * ATTEMPTS
    with pytest.raises(RestError, match=rf"REST time: no answer after {ATTEMPTS} .*503"):
        rest.time_ms()


def test_a_refused_request_is_not_repeated(rest: SpotRest, exchange: Exchange) -> None:
    refusal = Answer(400, {"code": -1121, "msg": "Invalid symbol."})
    exchange.scripted["historicalTrades"].append(refusal)
    with pytest.raises(RestError, match=r"XX from id 1: .*HTTP 400, code -1121: Invalid symbol"):
        rest.historical_trades("XX", 1, 1)
    assert len(exchange.requests) == 1


@pytest.mark.parametrize("body", [[], {"serverTime": "soon"}, "text", {}])
def test_an_answer_of_another_shape_is_an_error(
    rest: SpotRest, exchange: Exchange, body: object
) -> None:
    exchange.scripted["time"].append(Answer(200, body))
    with pytest.raises(RestError, match="REST time: expected the documented answer"):
        rest.time_ms()


def test_an_exchange_that_is_not_there_is_an_error(budget: RestBudget, stopping: Impatient) -> None:
    rest = SpotRest(simulator("http://127.0.0.1:9"), budget, stopping)
    with pytest.raises(RestError, match=r"REST exchangeInfo: no answer .*check the exchange's"):
        rest.symbols()


def test_nothing_is_asked_while_stopping(
    rest: SpotRest, exchange: Exchange, stopping: Impatient
) -> None:
    stopping.set()
    with pytest.raises(RestError, match="the task is stopping"):
        rest.time_ms()
    assert exchange.requests == []
