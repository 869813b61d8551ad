"""The search for a heartbeat in a partition, by halves."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from stack.jobs.partitions import last_heartbeat_until


@dataclass
class Beats:
    """A partition as a list of heartbeat times by offset, None for any other record."""

    times: list[int | None]
    reads: int = field(default=0)

    def first_heartbeat(self, start: int, end: int) -> tuple[int, int] | None:
        self.reads += 1
        found = ((n, self.times[n]) for n in range(start, end))
        return next(((n, time) for n, time in found if time is not None), None)


@given(st.lists(st.one_of(st.none(), st.integers(0, 5))), st.integers(-1, 40))
def test_the_heartbeat_is_the_last_one_of_the_instant_or_before(
    steps: list[int | None], time_ms: int
) -> None:
    times: list[int | None] = []
    now = 0
    for step in steps:
        now += step or 0
        times.append(None if step is None else now)
    expected = [n for n, time in enumerate(times) if time is not None and time <= time_ms]
    found = last_heartbeat_until(Beats(times), 0, len(times), time_ms)
    assert found == (expected[-1] if expected else 0)


def test_a_long_partition_needs_few_reads() -> None:
    beats = Beats([n if n % 10 == 0 else None for n in range(100_000)])
    assert last_heartbeat_until(beats, 0, 100_000, 54_321) == 54_320
    assert beats.reads < 40
