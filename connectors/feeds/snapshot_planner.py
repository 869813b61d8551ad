"""When to ask for which book's snapshot, so that no request is refused and no book waits in vain.

Pure: no I/O, both clocks are arguments.

Theory of operation
-------------------
* The exchange counts request weight per address and clock minute, and every answer reports how
  much was used. The last report, plus what is still unanswered, counts as used; the budget is the
  limit minus a reserve for other requests and other programs behind the same address.
* When our clock enters a new minute, we do not know whether the exchange's has. One request is sent
  alone, and its answer shows it. If it reports that nothing is left, and no less used than before,
  the exchange is still in the previous minute: we ask again while our minute is young and the limit
  allows it. Otherwise we wait for the next minute.
* Requests are sent one by one, with jittered pauses, and few are in flight at once: the budget of a
  minute is used up at its beginning without a burst.
* Books that were live come first, then those that change most.
* A failed or unusable snapshot is requested again after a growing pause. A refusal (429, 418) stops
  everything for as long as it says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

MINUTE_MS = 60_000
RESERVE_PERCENT = 5
"""Of the weight limit: a dozen pages of trade history and the requests for the time."""

MAX_UNANSWERED = 6
PAUSE_S = 0.06
"""Mean pause between two requests: 120 in the first seven seconds of a minute."""

YOUNG_MINUTE_MS, ASK_AGAIN_S = 5_000, 1.0
"""Clocks that differ by more are a fault of the machine; asking again costs one request."""

FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 30.0

Rank = tuple[int, int]
"""Smaller comes first."""


@dataclass(slots=True)
class _Wanted:
    rank: Rank
    due_s: float
    failures: int = 0


@dataclass(slots=True)
class _Minute:
    """What is known about one of our clock minutes.

    Attributes:
        used: weight used in it; None until an answer reports it.
        has_answer: an answer came in it.
        is_new: an answer reported less than the one before, so the exchange's minute is new too.
    """

    number: int = -1
    used: int | None = None
    has_answer: bool = False
    is_new: bool = False


@dataclass(slots=True)
class SnapshotPlanner:
    """Plans the snapshots of one market.

    Attributes:
        weight: of one snapshot.
        weight_limit: of a clock minute.
        random: a number from 0 to 1, for the pauses.
    """

    weight: int
    weight_limit: int
    random: Callable[[], float]
    _wanted: dict[str, _Wanted] = field(default_factory=dict)
    _unanswered: dict[str, _Wanted] = field(default_factory=dict)
    _minute: _Minute = field(default_factory=_Minute)
    _last_used: int = 0
    """The used weight that the exchange reported last."""
    _next_s: float = 0.0
    _blocked_until_s: float = 0.0

    @property
    def budget(self) -> int:
        """Weight that may be used in a minute."""
        return self.weight_limit * (100 - RESERVE_PERCENT) // 100

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._wanted or symbol in self._unanswered

    def want(self, symbol: str, rank: Rank, now_s: float) -> None:
        """Request a snapshot; a symbol that waits already keeps its place."""
        if symbol not in self:
            self._wanted[symbol] = _Wanted(rank, now_s)

    def forget(self, symbol: str) -> None:
        """Drop a request that was not sent yet; an answer that is due is still awaited."""
        self._wanted.pop(symbol, None)

    def due(self, time_ms: int, now_s: float) -> list[str]:
        """Return the symbols to ask for now; each counts as sent.

        Args:
            time_ms: our clock, epoch milliseconds.
            now_s: monotonic seconds.
        """
        self._enter(time_ms)
        symbols: list[str] = []
        while self._may_send(time_ms, now_s):
            symbol = self._first_due(now_s)
            if symbol is None:
                break
            self._unanswered[symbol] = self._wanted.pop(symbol)
            self._next_s = max(self._next_s, now_s - PAUSE_S) + PAUSE_S * (0.5 + self.random())
            symbols.append(symbol)
        return symbols

    def _may_send(self, time_ms: int, now_s: float) -> bool:
        if not self._wanted or now_s < max(self._next_s, self._blocked_until_s):
            return False
        if self._minute.used is None:
            return not self._unanswered and self._may_ask(time_ms)
        if len(self._unanswered) >= MAX_UNANSWERED:
            return False
        if self._minute.used + self.weight * (len(self._unanswered) + 1) <= self.budget:
            return True
        self._ask_again(time_ms, now_s)
        return False

    def _may_ask(self, time_ms: int) -> bool:
        """Return whether one request is safe although the exchange's minute is not known."""
        if self._last_used + self.weight <= self.weight_limit:
            return True
        return not self._minute.has_answer and not _is_young(time_ms)

    def _ask_again(self, time_ms: int, now_s: float) -> None:
        """Ask again when nothing is left: the exchange may still be in the previous minute."""
        is_open = not (self._minute.is_new or self._unanswered)
        if is_open and _is_young(time_ms) and self._may_ask(time_ms):
            self._minute.used = None
            self._next_s = now_s + ASK_AGAIN_S

    def _first_due(self, now_s: float) -> str | None:
        due = (symbol for symbol, wanted in self._wanted.items() if wanted.due_s <= now_s)
        return min(due, key=lambda symbol: self._wanted[symbol].rank, default=None)

    def _enter(self, time_ms: int) -> None:
        if time_ms // MINUTE_MS != self._minute.number:
            self._minute = _Minute(time_ms // MINUTE_MS)

    def on_used(self, used_weight: int, time_ms: int) -> None:
        """Note the used weight that the answer to another request reported."""
        self._enter(time_ms)
        self._note(used_weight)

    def _note(self, used_weight: int) -> None:
        self._minute.is_new |= used_weight < self._last_used
        self._minute.has_answer = True
        self._minute.used = self._last_used = used_weight

    def on_answer(self, symbol: str, used_weight: int | None) -> None:
        """Note that a request ended, with the used weight that the exchange reported."""
        self._unanswered.pop(symbol, None)
        if used_weight is not None:
            self._note(used_weight)

    def on_unusable(self, symbol: str, used_weight: int | None, now_s: float) -> None:
        """Note that a request failed or its snapshot cannot be used; it must be repeated."""
        wanted = self._unanswered.get(symbol)
        self.on_answer(symbol, used_weight)
        if wanted is not None:
            pause_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0**wanted.failures)
            wanted.failures = min(wanted.failures + 1, 16)
            wanted.due_s = now_s + pause_s * (0.75 + self.random() / 2)
            self._wanted[symbol] = wanted

    def on_refused(self, seconds: float, now_s: float) -> None:
        """Note that the exchange refuses all requests for a while."""
        until_s = now_s + seconds + self.random()
        self._blocked_until_s = max(self._blocked_until_s, until_s)
        self._minute.used = None


def _is_young(time_ms: int) -> bool:
    return time_ms % MINUTE_MS < YOUNG_MINUTE_MS
