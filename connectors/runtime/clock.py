"""The two clocks of the adapters, as values so that tests can hold them still."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the time twice: as an instant and for durations."""

    def time_ms(self) -> int:
        """Return our clock, epoch milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def time_ms(self) -> int:
        """Return our clock, epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks, read once for a batch: epoch milliseconds, and monotonic seconds."""

    time_ms: int
    monotonic_s: float

    @classmethod
    def of(cls, clock: Clock) -> "Now":
        """Read a clock."""
        return cls(clock.time_ms(), clock.monotonic_s())
