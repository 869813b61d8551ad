"""Candidate: the shipped book task on a real socket, fed by a simulator as fast as it reads.

usage: socket_process MARKET URL SPEED
"""

import sys
import time
from collections import Counter

from benchmarks.book.outcome import Outcome, kinds
from benchmarks.book.tasks import new_context, task_settings, watched
from benchmarks.candles.meter import Measured, own_sample
from connectors.connect.telemetry import Metric

_POLL_S, _QUIET_S = 0.05, 5.0


def main() -> None:
    """Read until no diff has come for some seconds; print the outcome as JSON."""
    market, url, speed = sys.argv[1:]
    context, counts = new_context(), Counter[str]()
    task, _ = watched(market)
    task.start(task_settings(market, url, "BTCUSDT", **{"depth.speed": speed}), context)
    samples, diffs, read_s = [own_sample(0)], 0, time.monotonic()
    while time.monotonic() - read_s < _QUIET_S:
        for record in task.poll(_POLL_S):
            counts[str(record.value.get("kind") or record.value.get("event") or record.topic)] += 1
        values = context.telemetry.values
        if values.get(Metric.DIFFS, 0) > diffs:  # answers to our own pings are no diffs
            diffs, read_s = values[Metric.DIFFS], time.monotonic()
            samples.append(own_sample(values[Metric.FRAMES]))
    task.stop()
    measured = Measured.of(samples, samples[-1].records)
    sys.stdout.write(Outcome(measured, kinds(counts)).line() + "\n")


if __name__ == "__main__":
    main()
