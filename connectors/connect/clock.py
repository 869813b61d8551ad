"""The two clocks of the adapters, passed as arguments so that tests can stop them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Gives the time as an instant, and for measuring durations."""

    def time_ms(self) -> int:
        """Return our clock, epoch milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards and include sleep, from an arbitrary start."""
        ...


def _since_boot_s() -> Callable[[], float]:
    """Return a clock that also counts the machine's sleep, where the system has one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        number = time.CLOCK_BOOTTIME
        return lambda: time.clock_gettime(number)
    return time.monotonic


class SystemClock:
    """The machine's own clocks."""

    _monotonic_s = staticmethod(_since_boot_s())

    def time_ms(self) -> int:
        """Return our clock, epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards and include sleep."""
        return self._monotonic_s()


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks, read once for a batch: epoch milliseconds, and monotonic seconds."""

    time_ms: int
    monotonic_s: float

    @classmethod
    def of(cls, clock: Clock) -> "Now":
        """Read a clock."""
        return cls(clock.time_ms(), clock.monotonic_s())
