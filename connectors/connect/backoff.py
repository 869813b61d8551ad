"""Exponential backoff with jitter, for reconnects and restarts."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Yields growing delays until it is reset.

    Attributes:
        first_s: the first delay, in seconds.
        longest_s: no delay is longer, in seconds.
        jitter: random share of a delay, so that many clients do not return at once.
    """

    first_s: float
    longest_s: float
    jitter: float = 0.2
    _failures: int = field(default=0, init=False)

    def next_delay_s(self) -> float:
        """Return how long to wait after one more failure, in seconds."""
        delay_s = min(self.longest_s, self.first_s * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return delay_s * (1 - self.jitter * random.random())  # noqa: S311 - not a secret

    def reset(self) -> None:
        """Start over from the first delay: what failed has since worked for long enough."""
        self._failures = 0
