import time

import pytest

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
