"""Every question that is given to a thread is answered, whatever goes wrong there."""

import threading
from collections.abc import Callable

import pytest

from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import ExchangeTime, Message
from connectors.feeds.rest_threads import RestThreads
from connectors.feeds.venue import RestError


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
