"""The hand-over between the threads that receive and the task that reads.

Bounded for what comes from the socket, so that a slow Kafka is felt by the socket and not by the
memory; answers to our own requests always fit.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

Message = TypeVar("Message")


class Inbox(Generic[Message]):
    """A queue that is read as a whole.

    Args:
        capacity: messages from which on `is_full` asks the sender to wait.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._messages: deque[Message] = deque()
        self._arrived = threading.Event()

    def __len__(self) -> int:
        return len(self._messages)

    def is_full(self) -> bool:
        """Return whether a sender that can wait should."""
        return len(self._messages) >= self._capacity

    def put(self, message: Message) -> None:
        """Add a message; never blocks. Any thread may call it."""
        self._messages.append(message)
        if not self._arrived.is_set():
            self._arrived.set()

    def take(self, timeout_s: float, limit: int) -> list[Message]:
        """Return what is there, in order, waiting at most `timeout_s` for the first message.

        Args:
            timeout_s: how long to wait, in seconds.
            limit: most messages to return. One thread only may take.
        """
        if not self._messages:
            self._arrived.clear()
            if not self._messages:
                self._arrived.wait(timeout_s)
        messages = self._messages
        return [messages.popleft() for _ in range(min(limit, len(messages)))]
