"""A clock that tests move by hand."""


class HandClock:
    """Both clocks of the adapters; the instant and the seconds advance together."""

    def __init__(self, time_ms: int = 1_700_000_000_000) -> None:
        self._time_ms = time_ms
        self._monotonic_s = 100.0

    def advance(self, seconds: float) -> None:
        self._time_ms += round(seconds * 1000)
        self._monotonic_s += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock, which moves no monotonic one."""
        self._time_ms += round(seconds * 1000)

    def time_ms(self) -> int:
        return self._time_ms

    def monotonic_s(self) -> float:
        return self._monotonic_s
