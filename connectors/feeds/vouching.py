"""How far a task vouches for its symbols, and when a symbol is released as unknown.

Pure: seconds are those of a monotonic clock, given by the caller; other times are the exchange's.

Theory of operation
-------------------
* A symbol is vouched for up to its proven time. A partition's heartbeat is the minimum over its
  symbols, so no window closes over trades that may still come.
* The hold is bounded. Time that is still unproven `hold_s` seconds after the exchange's clock
  reached it is overdue. The symbol then becomes *unknown*: it is released up to the exchange's
  present time, with each of its seconds marked, so that the others can continue. While its proof
  lags by more than the hold, it is released without another hold; once the proof keeps up, the
  others wait for it again. It is known again once the proof has passed what was released.
* Time without any connection does not count: nothing is released then.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from market.trades.gap_markers import SECOND_MS, marker_times_ms

NOTE_INTERVAL_S = 0.25


class Hold:
    """Remembers how far the market had settled, and when.

    Args:
        hold_s: how long a symbol may hold its partition, in seconds.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._noted: deque[tuple[float, int]] = deque()
        self._paused_s: float | None = None
        self.overdue_ms = 0
        """What had settled before the hold began; 0 while nothing is overdue."""

    def pause(self, now_s: float) -> None:
        """Stop counting: nothing can be proven now."""
        if self._paused_s is None:
            self._paused_s = now_s

    def resume(self, now_s: float) -> None:
        """Continue counting; from zero, flapping connections would extend the hold for ever."""
        if self._paused_s is None:
            return
        passed_s, self._paused_s = now_s - self._paused_s, None
        # As if the pause had not been: what was noted before it ages no further.
        self._noted = deque((noted_s + passed_s, time_ms) for noted_s, time_ms in self._noted)

    def note(self, settled_ms: int, now_s: float) -> None:
        """Note how far the market has settled by now."""
        if not self._noted or now_s - self._noted[-1][0] >= NOTE_INTERVAL_S:
            self._noted.append((now_s, settled_ms))
        # What had settled a hold ago is overdue now.
        while self._noted and now_s - self._noted[0][0] >= self._hold_s:
            self.overdue_ms = max(self.overdue_ms, self._noted.popleft()[1])


@dataclass(frozen=True, slots=True)
class UnknownSpan:
    """A span of a symbol's time that could not be proven; epoch milliseconds."""

    from_time_ms: int
    to_time_ms: int


@dataclass(slots=True)
class Voucher:
    """How far one symbol is vouched for.

    Attributes:
        vouched_ms: no trade before this instant can still come in time.
        unknown_since_ms: start of what was released without proof; None while it is proven.
    """

    vouched_ms: int = 0
    unknown_since_ms: int | None = None

    def advance(self, proven_ms: int, overdue_ms: int, settled_ms: int) -> Iterable[int]:
        """Follow the proof; return the instants whose seconds are now released as unknown.

        Args:
            proven_ms: of the symbol.
            overdue_ms: what should have been proven by now.
            settled_ms: of the market; a symbol without proof is released up to its second.
        """
        if self.unknown_since_ms is None or proven_ms >= self.vouched_ms:
            self.vouched_ms = max(self.vouched_ms, proven_ms)
        if proven_ms >= overdue_ms or self.vouched_ms >= settled_ms:
            return ()
        until_ms = settled_ms - settled_ms % SECOND_MS
        # A symbol that was never proven has no past to mark: one second stands for it.
        since_ms = self.vouched_ms or until_ms - SECOND_MS
        if until_ms <= since_ms:
            return ()
        if self.unknown_since_ms is None:
            self.unknown_since_ms = since_ms
        self.vouched_ms = until_ms
        return marker_times_ms(since_ms, until_ms)

    def ended(self, proven_ms: int) -> UnknownSpan | None:
        """Return the span that was unknown once the proof has passed it, else None."""
        if self.unknown_since_ms is None or proven_ms < self.vouched_ms:
            return None
        span = UnknownSpan(self.unknown_since_ms, self.vouched_ms)
        self.unknown_since_ms = None
        return span


class Heartbeats:
    """Says which partition's heartbeat is due.

    A heartbeat is due when it closes a second, and at least once per interval.

    Args:
        symbols: by partition, of every one that the task owns; a partition may have none.
        restored: last heartbeat written to a partition, epoch milliseconds.
        interval_s: longest time between two heartbeats of a partition, in seconds.
    """

    def __init__(
        self,
        symbols: Mapping[int, Iterable[str]],
        restored: Mapping[int, int],
        interval_s: float,
    ) -> None:
        self._symbols = {partition: tuple(names) for partition, names in symbols.items()}
        self._last_ms = {partition: restored.get(partition, 0) for partition in symbols}
        self._interval_s = interval_s
        self._due_s = dict.fromkeys(self._symbols, 0.0)

    def due(
        self, vouchers: Mapping[str, Voucher], settled_ms: int, now_s: float
    ) -> Iterable[tuple[int, int]]:
        """Yield partition and time of each heartbeat to write now.

        Args:
            vouchers: of every symbol.
            settled_ms: of the market; a partition without symbols is vouched for up to it.
            now_s: monotonic seconds.
        """
        for partition, names in self._symbols.items():
            vouched_ms = min((vouchers[name].vouched_ms for name in names), default=settled_ms)
            last_ms = self._last_ms[partition]
            # After a restart less may be proven than was vouched for; a heartbeat never falls.
            time_ms = max(last_ms, vouched_ms)
            closes = time_ms // SECOND_MS > last_ms // SECOND_MS
            if not time_ms or (not closes and now_s < self._due_s[partition]):
                continue
            self._last_ms[partition] = time_ms
            self._due_s[partition] = now_s + self._interval_s
            yield partition, time_ms
