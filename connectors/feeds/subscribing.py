"""Asking a new connection for its streams, and waiting until every request is acknowledged.

One request at a time, with pauses: the exchange closes a connection that sends more than a few
messages a second, and a server may ignore a long one without a word. Frames of streams that speak
already are kept in their order.
"""

import asyncio
from collections.abc import Callable, Sequence

from websockets.asyncio.client import ClientConnection

from connectors.connect.clock import Clock
from connectors.feeds.events import Acknowledged, Refused
from connectors.feeds.messages import Frame

PAUSE_S = 0.5
"""One request in 250 ms was too much for the exchange, which counts pings and pongs as well."""

ANSWER_TIMEOUT_S = 5.0
"""An acknowledgement takes one round trip."""


class SubscriptionFailedError(Exception):
    """The exchange refused a request for streams, or did not answer it."""


class Subscribing:
    """Asks for the streams of one connection.

    Args:
        connection: after its handshake.
        answer_of: returns the answer to a request; None for any other frame.
        clock: stamps the frames that are kept.
        answer_timeout_s: how long an acknowledgement may take, in seconds.
    """

    def __init__(
        self,
        connection: ClientConnection,
        answer_of: Callable[[bytes], Acknowledged | Refused | None],
        clock: Clock,
        answer_timeout_s: float,
    ) -> None:
        self._connection = connection
        self._answer_of = answer_of
        self._clock = clock
        self._answer_timeout_s = answer_timeout_s
        self.kept: list[Frame] = []

    async def run(self, messages: Sequence[bytes]) -> None:
        """Send the requests and wait for their acknowledgements.

        Args:
            messages: numbered from 1.

        Raises:
            SubscriptionFailedError: one was refused, or not acknowledged in time.
            ConnectionClosed: the connection ended meanwhile.
        """
        for number, message in enumerate(messages, 1):
            if number > 1:
                await asyncio.sleep(PAUSE_S)
            await self._connection.send(message, text=True)
            name = f"subscription request {number} of {len(messages)}"
            try:
                async with asyncio.timeout(self._answer_timeout_s):
                    answer = await self._answer(number)
            except TimeoutError:
                detail = f"{name}: not acknowledged within {self._answer_timeout_s:g} s"
                raise SubscriptionFailedError(detail) from None
            if isinstance(answer, Refused):
                raise SubscriptionFailedError(
                    f"{name}: refused with code {answer.code}: {answer.message}"
                )

    async def _answer(self, number: int) -> Acknowledged | Refused:
        """Return the answer to a request; an error without its number is taken to be meant."""
        while True:
            content = await self._connection.recv(decode=False)
            answer = self._answer_of(content)
            if answer is None:
                self.kept.append(Frame(content, self._clock.time_ms()))
            elif isinstance(answer, Refused) or answer.request_id == number:
                return answer
