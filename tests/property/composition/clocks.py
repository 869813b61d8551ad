"""Both clocks of a worker: durations follow the exchange's time, our instants may step."""

from tests.property.composition.exchange import START_MS


class SteppedClock:
    """A clock whose instants are wrong by what the machine chooses."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.wrong_ms = 0

    def time_ms(self) -> int:
        return self.now_ms + self.wrong_ms

    def monotonic_s(self) -> float:
        return 100.0 + (self.now_ms - START_MS) / 1000
