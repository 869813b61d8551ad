import threading
import time

from connectors.feeds.inbox import Inbox


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
