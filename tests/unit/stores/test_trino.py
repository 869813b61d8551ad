"""Statements for several items at the same time."""

import threading
import time

import pytest

from stores.trino import AT_ONCE, QueryError, at_once


def test_results_come_in_the_order_of_the_items() -> None:
    def run(delay_s: float) -> float:
        time.sleep(delay_s)
        return delay_s

    assert at_once(run, [0.05, 0.0, 0.02]) == [0.05, 0.0, 0.02]
    assert at_once(run, []) == []


def test_a_few_run_at_the_same_time_and_no_more() -> None:
    together, lock, most = [0], threading.Lock(), [0]
    barrier = threading.Barrier(AT_ONCE, timeout=5)

    def run(_: int) -> None:
        with lock:
            together[0] += 1
            most[0] = max(most[0], together[0])
        barrier.wait()
        with lock:
            together[0] -= 1

    at_once(run, range(3 * AT_ONCE))
    assert most == [AT_ONCE]


def test_an_error_is_raised_when_what_is_under_way_has_ended_and_no_more_begins() -> None:
    begun, ended = threading.Event(), list[str]()

    def run(name: str) -> None:
        if name == "fails":
            begun.wait(5)
            raise QueryError("expected a table, found none")
        begun.set()
        time.sleep(0.05)
        ended.append(name)

    with pytest.raises(QueryError, match="found none"):
        at_once(run, ["fails", "goes on", *(["waits"] * 5)])
    assert ended[0] == "goes on"
    assert len(ended) < 6
