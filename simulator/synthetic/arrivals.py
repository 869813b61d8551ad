"""When taker orders arrive: a doubly stochastic, self-exciting point process.

The rate is a baseline (time of day times a slowly wandering activity) plus an excitation that each
order raises by a heavy-tailed mark and that decays within a second. This gives the bursts of 10 to
30 times the mean that are seen in single seconds. The mean rate over a day is the requested one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

HOURLY_ACTIVITY = (
    *(0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.7, 0.9, 1.0, 0.95, 0.9),
    *(1.0, 1.6, 2.2, 2.0, 1.5, 1.2, 1.05, 0.95, 0.9, 0.85, 0.8, 0.85),
)
"""Activity by hour of the day (UTC) relative to the mean; the US opening is the peak."""

BRANCHING = 0.6
"""Orders that one order excites on average."""
DECAY_SECONDS = 0.3
WANDER_SECONDS = 120.0
WANDER_DEVIATION = 0.5
"""Time constant and standard deviation of the logarithm of activity."""
MARK_TAIL = 1.6
MARK_MOST = 60.0

_MEAN_ACTIVITY = sum(HOURLY_ACTIVITY) / len(HOURLY_ACTIVITY)
_MARK_SCALE = (MARK_TAIL - 1) / MARK_TAIL
_WANDER_STEP = WANDER_DEVIATION * math.sqrt(2 / WANDER_SECONDS)


@dataclass(slots=True)
class Pace:
    """How fast a market runs; may be changed at any time.

    Attributes:
        factor: multiplies the usual rates.
    """

    factor: float = 1.0


def daily_activity(time_s: float) -> float:
    """Return the activity at an instant (epoch seconds) relative to the day's mean."""
    hour, part = divmod(time_s / 3600 % 24, 1)
    here = HOURLY_ACTIVITY[int(hour)]
    there = HOURLY_ACTIVITY[(int(hour) + 1) % 24]
    return (here + (there - here) * part) / _MEAN_ACTIVITY


def arrivals(
    orders_per_s: float, start_s: float, random: Random, pace: Pace | None = None
) -> Iterator[float]:
    """Yield arrival times in epoch seconds, for ever.

    Args:
        orders_per_s: mean rate over a day.
        start_s: nothing arrives before this.
        random: seeded source.
        pace: a change takes effect at the next full second.
    """
    pace = pace or Pace()
    base, wander, excitation = orders_per_s * (1 - BRANCHING), 0.0, 0.0
    time_s, second_s = start_s, start_s + 1
    rate = base * pace.factor * daily_activity(time_s)
    while True:
        wait_s = random.expovariate(rate + excitation)
        if time_s + wait_s >= second_s:
            # The baseline holds for one second; go to its end and draw again (memoryless).
            excitation *= math.exp((time_s - second_s) / DECAY_SECONDS)
            time_s, second_s = second_s, second_s + 1
            wander += random.gauss(-wander / WANDER_SECONDS, _WANDER_STEP)
            level = math.exp(wander - WANDER_DEVIATION**2 / 2)
            rate = base * pace.factor * daily_activity(time_s) * level
            continue
        before = rate + excitation
        excitation *= math.exp(-wait_s / DECAY_SECONDS)
        time_s += wait_s
        if random.random() * before <= rate + excitation:
            yield time_s
            mark = min(random.paretovariate(MARK_TAIL) * _MARK_SCALE, MARK_MOST)
            excitation += BRANCHING / DECAY_SECONDS * mark
