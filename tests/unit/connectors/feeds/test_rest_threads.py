"""Messages between threads; every question to one is answered, whatever goes wrong there."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.binance.books import SpotBooksTask
from connectors.binance.spot import SpotTradesTask
from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import (
    NO_CONNECTION,
    AskTime,
    ExchangeTime,
    FetchSnapshot,
    Message,
    SnapshotAnswer,
)
from connectors.feeds.rest_threads import RestThreads
from connectors.feeds.venue import RestError
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds
from tests.support.trades import SYMBOL

WHY = "RecursionError: too deep"


class Client:
    """A client that a test breaks."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.used_weight = 7

    def symbols(self) -> frozenset[str]:
        return frozenset()

    def time_ms(self) -> int:
        return self.thread


def answers(
    question: Callable[[Client], Message], times: int = 1
) -> tuple[list[tuple[int, Message]], list[str]]:
    """Return what the inbox got, and the reasons of failures."""
    inbox: Inbox[tuple[int, Message]] = Inbox(10)
    reasons: list[str] = []

    def failed(reason: str) -> Message:
        reasons.append(reason)
        return ExchangeTime(None)

    threads = RestThreads(lambda _: Client(), 1, inbox, threading.Event())
    for number in range(times):
        threads.ask(number, question, failed)
    threads._pool.shutdown()
    return inbox.take(0, 10), reasons


def test_an_answer_carries_the_number_of_its_question() -> None:
    found, _ = answers(lambda rest: ExchangeTime(rest.used_weight), times=2)
    assert found == [(0, ExchangeTime(7)), (1, ExchangeTime(7))]


def test_a_thread_keeps_its_client_for_all_its_questions() -> None:
    found, _ = answers(lambda rest: ExchangeTime(rest.time_ms()), times=3)
    assert len({message for _, message in found}) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RestError("REST time: no answer"), "REST time: no answer"),
        (RecursionError("too deep"), "RecursionError: too deep"),
    ],
)
def test_a_question_that_fails_in_any_way_is_answered_as_a_failure(
    error: Exception, reason: str
) -> None:
    def breaks(_: Client) -> Message:
        raise error

    found, reasons = answers(breaks)
    assert found == [(0, ExchangeTime(None))]
    assert reasons == [reason]


def test_stopping_ends_the_waiting_of_every_client_and_drops_what_was_not_asked_yet() -> None:
    inbox: Inbox[tuple[int, Message]] = Inbox(10)
    stopping, begun = threading.Event(), threading.Event()

    def waits(_: Client) -> Message:
        begun.set()
        stopping.wait(10)
        return ExchangeTime(1)

    threads = RestThreads(lambda _: Client(), 1, inbox, stopping)
    for number in range(3):
        threads.ask(number, waits, lambda _: ExchangeTime(None))
    begun.wait(10)
    threads.stop()
    threads._pool.shutdown()
    assert inbox.take(0, 10) == [(0, ExchangeTime(1))]


class Broken:
    """A client of which every request fails in a way that nobody foresaw."""

    page_trades = 10
    used_weight = 0

    def fail(self, *_: object) -> Any:
        raise RecursionError("too deep")

    symbols = time_ms = newest_ids = history_page = snapshot = fail


def answer_of(task: SpotTradesTask | SpotBooksTask, question: Any) -> tuple[int, Message]:
    threads = RestThreads(lambda _: Broken(), 1, task._inbox, threading.Event())
    config: Any = SimpleNamespace(max_backfill_trades=10, snapshot_limit=100)
    task._config = config
    for name in ("_histories", "_questions", "_rest"):
        setattr(task, name, threads)
    question(task)
    threads._pool.shutdown()
    (answer,) = task._inbox.take(0, 10)
    return answer


def test_a_history_that_fails_in_any_way_is_answered_as_a_failure() -> None:
    request = BackfillRequest(SYMBOL, 5, 5)
    _, answer = answer_of(SpotTradesTask(), lambda task: task._fetch(request))
    assert answer == BackfillResult(request, (), WHY)


def test_a_question_for_ids_that_fails_in_any_way_is_answered_as_a_failure() -> None:
    _, answer = answer_of(SpotTradesTask(), lambda task: task._ask_newest_ids((SYMBOL,)))
    assert answer == NewestIds(0, {}, WHY)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (FetchSnapshot(SYMBOL, 3), (NO_CONNECTION, SnapshotAnswer(SYMBOL, 3, None, WHY))),
        (AskTime(7), (7, ExchangeTime(None))),
    ],
)
def test_a_books_question_that_fails_in_any_way_is_answered_as_a_failure(
    command: FetchSnapshot | AskTime, answer: tuple[int, Message]
) -> None:
    assert answer_of(SpotBooksTask(), lambda task: task._fulfil(command)) == answer


def test_messages_come_out_in_order_up_to_the_limit() -> None:
    inbox: Inbox[int] = Inbox(10)
    for number in range(5):
        inbox.put(number)
    assert inbox.take(0, limit=3) == [0, 1, 2]
    assert inbox.take(0, limit=3) == [3, 4]


def test_an_empty_inbox_gives_nothing_after_the_timeout() -> None:
    began_s = time.monotonic()
    assert Inbox[int](10).take(0.02, limit=1) == []
    assert time.monotonic() - began_s >= 0.02


def test_a_full_inbox_asks_the_sender_to_wait_but_refuses_nothing() -> None:
    inbox: Inbox[int] = Inbox(2)
    inbox.put(1)
    assert not inbox.is_full()
    inbox.put(2)
    inbox.put(3)
    assert inbox.is_full()
    assert len(inbox) == 3


def test_a_message_from_another_thread_ends_the_wait() -> None:
    inbox: Inbox[str] = Inbox(10)
    threading.Timer(0.02, inbox.put, ["come"]).start()
    began_s = time.monotonic()
    assert inbox.take(5.0, limit=10) == ["come"]
    assert time.monotonic() - began_s < 2.0
