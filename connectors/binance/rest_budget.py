"""When a REST request may be sent: the exchange's weight limit and its orders to wait.

One for each host in a process, shared by all its threads and by restarted tasks. The exchange
counts weight per address and clock minute. Waiting is measured on the monotonic clock: setting the
wall clock ends no ban and makes none longer.
"""

import threading
from urllib.parse import urlsplit

from connectors.binance.ban_memory import BanMemory
from connectors.connect.clock import Clock

QUESTION_PERCENT, HISTORY_PERCENT = 98, 80
"""Share of the weight limit after which requests wait for the next minute: the rest is left to
short questions, which prove time, and to other programs behind the same address."""

MINUTE_MS = 60_000


class RestBudget:
    """Says how long to wait before the next request.

    Args:
        clock: the machine's, or a test's.
        weight_limit: that an address may use in a clock minute.
        memory: of the host's orders to wait.
    """

    def __init__(self, clock: Clock, weight_limit: int, memory: BanMemory) -> None:
        self._weight_limit = weight_limit
        self._clock = clock
        self._memory = memory
        self._lock = threading.Lock()
        self._banned_until_s = self._minute_ends_s = float("-inf")
        self.used_weight = 0

    def wait_s(self, percent: int = HISTORY_PERCENT) -> float:
        """Return the seconds to wait before the next request, 0 for none.

        Args:
            percent: of the weight limit that may be used by then.
        """
        banned_s = self.banned_s()
        with self._lock:
            if self.used_weight * 100 < self._weight_limit * percent:
                return banned_s
            return max(banned_s, self._minute_ends_s - self._clock.monotonic_s())

    def banned_s(self) -> float:
        """Return the seconds that the exchange wants no request for, 0 when it may be asked."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            if (news_s := self._memory.news_s(self._clock.time_ms())) > 0:
                self._banned_until_s = max(self._banned_until_s, now_s + news_s)
            return max(0.0, self._banned_until_s - now_s)

    def used(self, weight: int) -> None:
        """Note the weight of this minute as a response reported it."""
        left_s = (MINUTE_MS - self._clock.time_ms() % MINUTE_MS) / 1000
        with self._lock:
            self.used_weight = weight
            self._minute_ends_s = self._clock.monotonic_s() + left_s

    def retry_after(self, seconds: float) -> None:
        """Note that the exchange refused a request and said when to come back."""
        with self._lock:
            until_s = self._clock.monotonic_s() + seconds
            self._banned_until_s = max(self._banned_until_s, until_s)
            self._memory.remember(seconds, self._clock.time_ms())


_budgets: dict[str, RestBudget] = {}
_budgets_lock = threading.Lock()


def budget_of(base_url: str, root: str, clock: Clock, weight_limit: int) -> RestBudget:
    """Return the budget of a host's market that everybody in this process shares.

    Args:
        base_url: scheme and host.
        root: path of the market's endpoints; a simulator serves several markets on one host.
        clock: used if it is the first one for this host, as is the limit.
        weight_limit: that an address may use in a clock minute.
    """
    name = urlsplit(base_url).netloc + root
    with _budgets_lock:
        if name not in _budgets:
            _budgets[name] = RestBudget(clock, weight_limit, BanMemory(name))
        return _budgets[name]
