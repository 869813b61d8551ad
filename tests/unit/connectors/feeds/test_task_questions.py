"""Each question that a task gives to its threads is answered in its own form when it fails."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.binance.books import SpotBooksTask
from connectors.binance.spot import SpotTradesTask
from connectors.feeds.messages import (
    NO_CONNECTION,
    AskTime,
    ExchangeTime,
    FetchSnapshot,
    Message,
    SnapshotAnswer,
)
from connectors.feeds.rest_threads import RestThreads
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds
from tests.support.trades import SYMBOL

WHY = "RecursionError: too deep"


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
