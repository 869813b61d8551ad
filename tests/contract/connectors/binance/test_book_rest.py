"""Snapshots by REST, while the exchange wants no request."""

import threading

import pytest

from connectors.binance.book_rest import BookRest
from connectors.binance.rest import SpotRest
from connectors.binance.rest_client import BannedError
from connectors.binance.venues import SPOT, simulator_endpoints
from tests.contract.connectors.binance.exchange import Answer, Exchange
from tests.contract.connectors.binance.test_rest import LIMITED
from tests.support.connector_doubles import HandClock

DEPTH = {"lastUpdateId": 7, "bids": [["1.0", "2.0"]], "asks": [["1.1", "2.0"]]}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def rest(exchange: Exchange, clock: HandClock) -> BookRest:
    return SPOT.books_rest(simulator_endpoints(exchange.url), clock, threading.Event())


def test_a_snapshot_tells_the_weight_that_its_own_answer_told(
    rest: BookRest, exchange: Exchange
) -> None:
    exchange.scripted["depth"] += [
        Answer(200, DEPTH, {"X-MBX-USED-WEIGHT-1M": "250"}),
        Answer(200, DEPTH, {"X-MBX-USED-WEIGHT-1M": "?"}),
    ]
    first, second = (rest.snapshot("BTCUSDT", 5_000, 1) for _ in range(2))
    assert first.snapshot is not None
    assert (first.used_weight, second.used_weight) == (250, None)


def test_no_snapshot_is_asked_for_while_a_ban_lasts(
    rest: BookRest, exchange: Exchange, clock: HandClock
) -> None:
    exchange.scripted["depth"] += [
        Answer(418, LIMITED, {"Retry-After": "600"}),
        Answer(200, DEPTH),
    ]
    refused = rest.snapshot("BTCUSDT", 5_000, 1)
    assert refused.refused_s == pytest.approx(600)
    clock.advance(100)
    unsent = rest.snapshot("BTCUSDT", 5_000, 1)
    assert (unsent.snapshot, unsent.refused_s) == (None, pytest.approx(500))
    assert len(exchange.requests) == 1
    clock.advance(500)
    assert rest.snapshot("BTCUSDT", 5_000, 1).snapshot is not None


def test_a_ban_of_one_connector_holds_the_others_of_its_market(
    rest: BookRest, exchange: Exchange, clock: HandClock
) -> None:
    exchange.scripted["depth"].append(Answer(418, LIMITED, {"Retry-After": "600"}))
    rest.snapshot("BTCUSDT", 5_000, 1)
    with pytest.raises(BannedError):
        SpotRest(simulator_endpoints(exchange.url), clock, threading.Event()).time_ms()
    assert len(exchange.requests) == 1


DEEP = b"[" * 100_000 + b"]" * 100_000


def test_an_answer_that_is_nested_too_deep_is_a_failure(rest: BookRest, exchange: Exchange) -> None:
    exchange.scripted["depth"].append(Answer(200, DEEP))
    assert "nested too deep" in rest.snapshot("BTCUSDT", 5_000, 1).failure


def test_an_order_to_wait_that_is_nested_too_deep_is_obeyed(
    rest: BookRest, exchange: Exchange
) -> None:
    body = b'{"zz":' + DEEP + b"}"
    exchange.scripted["depth"].append(Answer(418, body, {"Retry-After": "600"}))
    assert rest.snapshot("BTCUSDT", 5_000, 1).refused_s == pytest.approx(600)


@pytest.mark.parametrize("body", [b"<html></html>", {"lastUpdateId": 7}, [], None])
def test_what_is_no_snapshot_is_a_failure_and_no_refusal(
    rest: BookRest, exchange: Exchange, body: object
) -> None:
    exchange.scripted["depth"].append(Answer(200, body))
    answer = rest.snapshot("BTCUSDT", 5_000, 1)
    assert answer.failure.startswith("expected the documented answer")
    assert (answer.snapshot, answer.refused_s, answer.used_weight) == (None, None, 25)
