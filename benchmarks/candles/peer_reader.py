"""Peer: a consumer that only reads, the least that anything can cost.

usage: peer_reader BOOTSTRAP TOPIC
"""

import json
import sys

from benchmarks.candles.consumer import read_topic
from benchmarks.candles.meter import Measured, own_sample


def main() -> None:
    """Read a topic and print what it took as JSON."""
    samples = [own_sample(0)]
    for batch in read_topic(*sys.argv[1:]):
        samples.append(own_sample(samples[-1].records + len(batch)))
    print(json.dumps(Measured.of(samples, samples[-1].records).as_json()))


if __name__ == "__main__":
    main()
