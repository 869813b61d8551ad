"""Threads that send REST requests while the streams run.

Callers decide what to ask, and when. Every question gets an answer in the task's inbox, whatever
goes wrong: without one, whoever waits for it would wait for ever.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import Message
from connectors.feeds.venue import Rest, RestError

Client = TypeVar("Client", bound=Rest)

_LOG = logging.getLogger(__name__)


class RestThreads(Generic[Client]):
    """A pool of threads, each with its own client and so with its own HTTP session.

    Args:
        new_client: returns a client for one thread; the event ends its waiting.
        workers: how many questions are asked at once.
        inbox: where answers go.
        stopping: set by `stop`; shared by the pools of one task.
    """

    def __init__(
        self,
        new_client: Callable[[threading.Event], Client],
        workers: int,
        inbox: Inbox[tuple[int, Message]],
        stopping: threading.Event,
    ) -> None:
        self._new_client = new_client
        self._inbox = inbox
        self._stopping = stopping
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="rest")

    @property
    def used_weight(self) -> int:
        """Request weight of this minute as the last answer said."""
        return self.client().used_weight

    def client(self) -> Client:
        """Return the calling thread's own client."""
        if not hasattr(self._local, "client"):
            self._local.client = self._new_client(self._stopping)
        client: Client = self._local.client
        return client

    def ask(
        self, tag: int, question: Callable[[Client], Message], failed: Callable[[str], Message]
    ) -> None:
        """Ask in one of the threads; the answer arrives in the inbox.

        Args:
            tag: number that the answer carries in the inbox.
            question: asks, and returns the answer.
            failed: turns the reason, in words, into the answer when the question raises.
        """
        self._pool.submit(self._answer, tag, question, failed)

    def stop(self) -> None:
        """End all waits; each thread ends with the request that it is sending."""
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(
        self, tag: int, question: Callable[[Client], Message], failed: Callable[[str], Message]
    ) -> None:
        try:
            answer = question(self.client())
        except RestError as error:
            answer = failed(str(error))
        except Exception as error:  # whatever went wrong, somebody waits for the answer
            _LOG.exception("REST: a question ended in an unexpected error")
            answer = failed(f"{type(error).__name__}: {str(error)[:300]}")
        self._inbox.put((tag, answer))
