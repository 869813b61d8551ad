"""Measure the books: each part prints a table and writes JSON below build/bench.

A part runs its peers on the same input in the same run, so that a ratio holds when the machine's
speed drifts.
"""

import argparse
import os

from benchmarks.book import connector, job, latency, soak, sync
from benchmarks.book.report import say
from benchmarks.candles.report import machine

_PARTS = {
    "connector": connector,
    "sync": sync,
    "soak": soak,
    "latency": latency,
    "job": job,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/book/run", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, module in _PARTS.items():
        text = module.__doc__ or ""
        first = text.partition(": ")[2].partition("\n")[0]
        part = parts.add_parser(
            name,
            help=first,
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_options(part)
    return parser.parse_args()


def main() -> None:
    """Run one part."""
    options = _options()
    say(f"{', '.join(machine().values())}; load {os.getloadavg()[0]:.1f}")
    _PARTS[options.part].run(options)
    say(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
