"""The REST client against a server that answers as Binance does, and as it sometimes does."""

import threading
from email.utils import formatdate

import pytest

from connectors.binance.rest import SpotRest
from connectors.binance.rest_client import ATTEMPTS, BannedError
from connectors.binance.venues import simulator_endpoints
from connectors.feeds.venue import RestError
from tests.contract.connectors.binance.exchange import Answer, Exchange
from tests.support.connector_doubles import HandClock
from tests.support.trades import START_MS

LIMITED = {"code": -1003, "msg": "Too much request weight used"}


class Impatient(threading.Event):
    """Ends every wait at once, moves the clock by it and remembers how long it was."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self.waits.append(timeout)
            self.clock.advance(timeout)
        return self.is_set()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def stopping(clock: HandClock) -> Impatient:
    return Impatient(clock)


@pytest.fixture
def rest(exchange: Exchange, clock: HandClock, stopping: Impatient) -> SpotRest:
    return SpotRest(simulator_endpoints(exchange.url), clock, stopping)


def test_it_knows_the_exchanges_symbols(rest: SpotRest) -> None:
    assert rest.symbols() == {"BTCUSDT", "ETHUSDT"}


def test_it_tells_the_exchanges_time(rest: SpotRest) -> None:
    assert rest.time_ms() == START_MS + 5_000


@pytest.mark.parametrize("told", [START_MS // 1_000, START_MS * 1_000, 0, -1, 2**70])
def test_a_time_that_is_none_is_asked_for_again(
    rest: SpotRest, exchange: Exchange, told: int
) -> None:
    exchange.scripted["time"].append(Answer(200, {"serverTime": told}))
    assert rest.time_ms() == START_MS + 5_000


@pytest.mark.parametrize("depth", [500, 900, 5_000, 100_000])
def test_an_answer_that_is_nested_too_deep_is_asked_for_again(
    rest: SpotRest, exchange: Exchange, depth: int
) -> None:
    exchange.scripted["time"].append(Answer(200, b"[" * depth + b"]" * depth))
    assert rest.time_ms() == START_MS + 5_000


def test_history_comes_in_id_order_from_an_id_on(rest: SpotRest, exchange: Exchange) -> None:
    exchange.lose("BTCUSDT", *range(10, 20))
    trades = rest.historical_trades("BTCUSDT", from_id=12, limit=3)
    assert [trade.id for trade in trades] == [12, 13, 14]
    assert trades[0].is_buyer_maker
    assert exchange.requests[-1].endswith("?symbol=BTCUSDT&fromId=12&limit=3")


def test_used_weight_is_read_from_every_answer(rest: SpotRest, exchange: Exchange) -> None:
    rest.time_ms()
    assert rest.used_weight == 25
    refusal = {"code": -1121, "msg": "Invalid symbol."}
    exchange.scripted["time"].append(Answer(400, refusal, {"X-MBX-USED-WEIGHT-1M": "26"}))
    with pytest.raises(RestError):
        rest.time_ms()
    assert rest.used_weight == 26


@pytest.mark.parametrize("told", ["", "many", "-1", "1.5"])
def test_a_weight_that_is_no_number_is_passed_over(
    rest: SpotRest, exchange: Exchange, told: str
) -> None:
    answer = {"serverTime": START_MS}
    exchange.scripted["time"].append(Answer(200, answer, {"X-MBX-USED-WEIGHT-1M": told}))
    assert rest.time_ms() == START_MS
    assert rest.used_weight == 0


class TestOrdersToWait:
    @pytest.mark.parametrize("status", [429, 418])
    @pytest.mark.parametrize("body", [LIMITED, {"msg": "?"}, [], b"<html></html>"])
    def test_an_order_to_wait_is_obeyed(
        self, rest: SpotRest, exchange: Exchange, stopping: Impatient, status: int, body: object
    ) -> None:
        exchange.scripted["time"].append(Answer(status, body, {"Retry-After": "23"}))
        assert rest.time_ms()
        assert stopping.waits == [pytest.approx(23, abs=0.5)]

    def test_a_ban_is_told_instead_of_waited_for(self, rest: SpotRest, exchange: Exchange) -> None:
        exchange.scripted["time"].append(Answer(418, LIMITED, {"Retry-After": "600"}))
        with pytest.raises(BannedError, match=r"no request for \d+ s; use fewer symbols"):
            rest.time_ms()
        assert len(exchange.requests) == 1

    def test_a_ban_that_only_the_message_dates_is_kept_by_the_exchanges_own_clock(
        self, rest: SpotRest, exchange: Exchange, clock: HandClock
    ) -> None:
        clock.step(-3_600)
        now_s = START_MS // 1000
        body = {"code": -1003, "msg": f"Way too much; IP banned until {(now_s + 600) * 1000}."}
        date = formatdate(now_s, usegmt=True)
        exchange.scripted["time"].append(Answer(418, body, {"Date": date}))
        with pytest.raises(BannedError) as told:
            rest.time_ms()
        assert told.value.seconds == pytest.approx(600, abs=1)

    @pytest.mark.parametrize(
        ("status", "headers", "seconds"),
        [
            (429, {}, 10),
            (418, {}, 120),
            (418, {"Retry-After": "\u00b2"}, 120),
            (429, {"Retry-After": "0"}, 10),
            (429, {"Retry-After": "99999999"}, 3 * 86_400),
        ],
    )
    def test_an_order_without_a_usable_time_is_an_order(
        self,
        rest: SpotRest,
        exchange: Exchange,
        clock: HandClock,
        status: int,
        headers: dict[str, str],
        seconds: float,
    ) -> None:
        exchange.scripted["time"] += [Answer(status, LIMITED, headers)] * ATTEMPTS
        began_s = clock.monotonic_s()
        with pytest.raises(RestError):
            rest.time_ms()
        if seconds > 90:
            with pytest.raises(BannedError) as told:
                rest.time_ms()
            assert told.value.seconds == pytest.approx(seconds)
            assert len(exchange.requests) == 1
        else:
            assert clock.monotonic_s() - began_s == pytest.approx((ATTEMPTS - 1) * seconds)

    def test_nothing_is_sent_while_a_ban_lasts_whatever_starts_anew(
        self, rest: SpotRest, exchange: Exchange, clock: HandClock, stopping: Impatient
    ) -> None:
        exchange.scripted["time"].append(Answer(418, LIMITED, {"Retry-After": "600"}))
        with pytest.raises(BannedError):
            rest.time_ms()
        for _ in range(74):
            with pytest.raises(BannedError):
                SpotRest(simulator_endpoints(exchange.url), clock, stopping).symbols()
        assert len(exchange.requests) == 1

    def test_a_wait_that_others_prolong_again_and_again_is_a_ban(
        self, rest: SpotRest, exchange: Exchange, clock: HandClock, stopping: Impatient
    ) -> None:
        exchange.scripted["time"].append(Answer(429, LIMITED, {"Retry-After": "20"}))
        clock.advance = lambda seconds: None  # type: ignore[method-assign]
        with pytest.raises(BannedError):
            rest.time_ms()
        assert (stopping.waits, len(exchange.requests)) == ([20, 20, 20], 1)

    def test_a_ban_is_over_when_it_is(
        self, rest: SpotRest, exchange: Exchange, clock: HandClock
    ) -> None:
        exchange.scripted["time"].append(Answer(418, LIMITED, {"Retry-After": "600"}))
        with pytest.raises(BannedError):
            rest.time_ms()
        clock.advance(600)
        assert rest.time_ms()

    def test_a_clock_set_back_during_an_order_makes_nobody_wait_longer(
        self, rest: SpotRest, exchange: Exchange, clock: HandClock, stopping: Impatient
    ) -> None:
        exchange.scripted["time"].append(Answer(418, LIMITED, {"Retry-After": "100"}))
        with pytest.raises(BannedError):
            rest.time_ms()
        clock.advance(30)
        clock.step(-3_600)
        assert rest.time_ms()
        assert stopping.waits == [pytest.approx(70)]


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


@pytest.mark.parametrize(
    "body", [[], {"serverTime": "soon"}, "text", {}, b"<html>busy</html>", b""]
)
def test_an_answer_of_another_shape_is_asked_for_again(
    rest: SpotRest, exchange: Exchange, body: object
) -> None:
    exchange.scripted["time"].append(Answer(200, body))
    assert rest.time_ms() == START_MS + 5_000
    exchange.scripted["time"] += [Answer(200, body)] * ATTEMPTS
    with pytest.raises(RestError, match=r"REST time: no answer .* expected the documented answer"):
        rest.time_ms()
    assert len(exchange.requests) == 2 + ATTEMPTS


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>no such page</html>"),
        (408, {}),
        (400, [1]),
        (400, {"code": -1001, "msg": "Internal error; unable to process your request."}),
    ],
)
def test_a_refusal_that_passes_is_asked_again(
    rest: SpotRest, exchange: Exchange, status: int, body: object
) -> None:
    exchange.scripted["time"].append(Answer(status, body))
    assert rest.time_ms() == START_MS + 5_000


@pytest.mark.parametrize("status", [403, 451])
def test_what_stands_before_the_exchange_is_not_asked_again(
    rest: SpotRest, exchange: Exchange, status: int
) -> None:
    exchange.scripted["time"].append(Answer(status, b"<html>restricted</html>"))
    with pytest.raises(RestError, match=f"refused with HTTP {status}, code None: <html>"):
        rest.time_ms()
    assert len(exchange.requests) == 1


def test_an_exchange_that_is_not_there_is_an_error(clock: HandClock, stopping: Impatient) -> None:
    rest = SpotRest(simulator_endpoints("http://127.0.0.1:9"), clock, stopping)
    with pytest.raises(RestError, match=r"REST exchangeInfo: no answer .*check the exchange's"):
        rest.symbols()


def test_nothing_is_asked_while_stopping(
    rest: SpotRest, exchange: Exchange, stopping: Impatient
) -> None:
    stopping.set()
    with pytest.raises(RestError, match="the task is stopping"):
        rest.time_ms()
    assert exchange.requests == []
