"""The queue between the receiving threads and the task that reads.

Bounded for what comes from the socket, so that a slow Kafka throttles the socket and does not fill
memory; answers to our own requests always fit.
"""

import threading
from collections import deque
from typing import Generic, Protocol, TypeVar

Message = TypeVar("Message")
Sent = TypeVar("Sent", contravariant=True)


class Sink(Protocol[Sent]):
    """What a receiving thread hands messages to."""

    def put(self, message: Sent) -> None:
        """Add a message; never blocks. Any thread may call it."""
        ...

    def is_full(self) -> bool:
        """Return whether a sender that can wait should wait."""
        ...


class Inbox(Generic[Message]):
    """A queue that is read in batches.

    Args:
        capacity: number of messages at which `is_full` asks the sender to wait.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._messages: deque[Message] = deque()
        self._arrived = threading.Event()

    def __len__(self) -> int:
        return len(self._messages)

    def is_full(self) -> bool:
        """Return whether a sender that can wait should wait."""
        return len(self._messages) >= self._capacity

    def put(self, message: Message) -> None:
        """Add a message; never blocks. Any thread may call it."""
        self._messages.append(message)
        if not self._arrived.is_set():
            self._arrived.set()

    def take(self, timeout_s: float, limit: int) -> list[Message]:
        """Return the queued messages in order, waiting at most `timeout_s` for the first.

        Args:
            timeout_s: how long to wait, in seconds.
            limit: most messages to return. Only one thread may take.
        """
        if not self._messages:
            self._arrived.clear()
            # Checked again: a message may have come in before the flag was cleared.
            if not self._messages:
                self._arrived.wait(timeout_s)
        messages = self._messages
        return [messages.popleft() for _ in range(min(limit, len(messages)))]


class TaggedSink(Generic[Message]):
    """One connection's entry to an inbox that several connections share.

    Args:
        inbox: takes pairs of connection number and message.
        number: of this connection.
    """

    def __init__(self, inbox: Inbox[tuple[int, Message]], number: int) -> None:
        self._inbox = inbox
        self._number = number
        self.is_full = inbox.is_full

    def put(self, message: Message) -> None:
        """Add a message of this connection."""
        self._inbox.put((self._number, message))
