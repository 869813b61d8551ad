"""The machine's clocks, and delays that grow."""

import time

import pytest

from connectors.connect.backoff import Backoff
from connectors.connect.clock import SystemClock


def test_the_wall_clock_gives_milliseconds() -> None:
    assert SystemClock().time_ms() == pytest.approx(time.time() * 1000, abs=1_000)


def test_monotonic_seconds_pass_at_the_real_pace() -> None:
    clock = SystemClock()
    began_s = clock.monotonic_s()
    time.sleep(0.02)
    assert 0.02 <= clock.monotonic_s() - began_s < 5


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has no such clock")
def test_a_sleep_of_the_machine_is_counted() -> None:
    since_boot_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert SystemClock().monotonic_s() == pytest.approx(since_boot_s, abs=1)


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(0.5, 3.0, jitter=0)
    assert [backoff.next_delay_s() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_jitter_only_shortens() -> None:
    backoff = Backoff(8.0, 8.0, jitter=0.25)
    assert all(6.0 <= backoff.next_delay_s() <= 8.0 for _ in range(200))


def test_a_reset_starts_over() -> None:
    backoff = Backoff(0.5, 60.0, jitter=0)
    backoff.next_delay_s()
    backoff.next_delay_s()
    backoff.reset()
    assert backoff.next_delay_s() == 0.5


def test_the_delay_stays_at_the_longest_however_often_it_fails() -> None:
    backoff = Backoff(0.5, 60.0, jitter=0)
    assert max(backoff.next_delay_s() for _ in range(5_000)) == 60.0
