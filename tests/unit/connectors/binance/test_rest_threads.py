"""Every question that is given to a thread is answered, whatever goes wrong there."""

from collections.abc import Callable

import pytest

from connectors.binance.backfill import Backfiller
from connectors.binance.book_rest import BookRest
from connectors.binance.endpoints import simulator
from connectors.binance.rest import SpotRest
from connectors.binance.snapshot_fetcher import SnapshotFetcher
from connectors.binance.venues import SPOT
from connectors.feeds.book_commands import NO_CONNECTION
from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import ExchangeTime, Message, SnapshotAnswer
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds
from tests.support.clocks import HandClock
from tests.support.trades import MARKET, SYMBOL

HERE = simulator("http://127.0.0.1:9")


def breaks(*_: object) -> object:
    raise RecursionError("too deep")


def answer_to(ask: Callable[[Backfiller], None]) -> Message:
    inbox: Inbox[Message] = Inbox(10)
    backfiller = Backfiller(MARKET, HERE, inbox, HandClock(), 100)
    ask(backfiller)
    backfiller._histories.shutdown()
    backfiller._questions.shutdown()
    (answer,) = inbox.take(0, 10)
    return answer


def book_answer_to(ask: Callable[[SnapshotFetcher], None]) -> tuple[int, Message]:
    inbox: Inbox[tuple[int, Message]] = Inbox(10)
    fetcher = SnapshotFetcher(SPOT, HERE, 100, inbox, HandClock())
    ask(fetcher)
    fetcher._pool.shutdown()
    (answer,) = inbox.take(0, 10)
    return answer


def test_a_history_that_fails_in_any_way_is_answered_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SpotRest, "history_rows", breaks)
    request = BackfillRequest(SYMBOL, 5, 5)
    answer = answer_to(lambda backfiller: backfiller.fetch(request))
    assert answer == BackfillResult(request, (), "RecursionError: too deep")


def test_a_question_for_ids_that_fails_in_any_way_is_answered_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SpotRest, "newest_ids", breaks)
    answer = answer_to(lambda backfiller: backfiller.ask_newest_ids((SYMBOL,)))
    assert answer == NewestIds(0, {}, "RecursionError: too deep")


def test_a_snapshot_that_fails_in_any_way_is_answered_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BookRest, "snapshot", breaks)
    connection, answer = book_answer_to(lambda fetcher: fetcher.fetch(SYMBOL, 3))
    assert connection == NO_CONNECTION
    assert answer == SnapshotAnswer(SYMBOL, 3, None, "RecursionError: too deep")


def test_a_question_for_the_time_that_fails_in_any_way_is_answered_by_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BookRest, "time_ms", breaks)
    assert book_answer_to(lambda fetcher: fetcher.ask_time(7)) == (7, ExchangeTime(None))
