"""Measure how fast trades that bronze lacks are filled in, beside a plain loop over REST.

Fewer trades than a minute's weight pays for, so that no wait is measured; the rate that the weight
allows for longer is told beside it. Each candidate is run in turns with the other, on ids of its
own run, and counts only when it has all of them and the same sum of quantities.
"""

import argparse
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

from benchmarks import BenchmarkError
from benchmarks.book.exchange import exchange
from benchmarks.candles.report import machine
from benchmarks.repair.peer import SYMBOL, Written, write_history
from connectors.binance.market_rest import SPOT_WEIGHT_LIMIT
from connectors.binance.rest import PAGE_TRADES
from flows.shared.bronze_trades import BronzeTrades
from flows.shared.exchange import MARKET, spot_rest
from flows.shared.filling import Filler
from iceberg.migrate import drop, migrate
from market.dictionary.names import Namespace
from market.dictionary.tables import table
from stack import pipeline
from stack.settings import Settings, read_settings
from stack.stack import Stack
from stores.iceberg import Lake

_PAGE_WEIGHT = 25
"""Of a request of `historicalTrades`."""
_HOUR_MS = 3_600_000
_SERVICES = ("objectstore", "trino")
_MARKET_START_MS = 1_700_006_400_000
"""When the exchange's market begins; the past is before that."""
_START_S = 300.0


@dataclass(frozen=True, slots=True)
class Run:
    """One turn of both.

    Attributes:
        again_seconds: of a second fill, which finds everything there.
        load: load average of the last minute at its end.
    """

    trades: int
    seconds: float
    bytes_per_trade: float
    again_seconds: float
    peer_seconds: float
    load: float

    def __str__(self) -> str:
        """Return a line for people."""
        own, peer = self.trades / self.seconds, self.trades / self.peer_seconds
        return (
            f"{self.trades:>9,}{own:>10,.0f}{peer:>10,.0f}{own / peer:>8.2f}"
            f"{self.bytes_per_trade:>9.1f}{self.again_seconds:>10.1f}{self.load:>7.1f}"
        )


_HEAD = (
    f"{'trades':>9}{'rows/s':>10}{'peer':>10}{'x peer':>8}{'bytes':>9}{'again, s':>10}{'load':>7}"
)


def _run(lake: Lake, address: str, ids: range, times_ms: range) -> Run:
    filler = _filler(lake, address)
    started = time.monotonic()
    filled = filler.fill(SYMBOL, ids, times_ms, first_known=False)
    seconds = time.monotonic() - started
    started = time.monotonic()
    again = filler.fill(SYMBOL, ids, times_ms, first_known=False)
    again_seconds = time.monotonic() - started
    # Another minute's weight: the exchange counts both callers together.
    time.sleep(60 - time.time() % 60)
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        written = write_history(address, ids, Path(folder))
        peer_seconds = time.monotonic() - started
    if again.appended or (filled.appended, _quantity(lake, ids)) != _both(written):
        raise BenchmarkError(f"expected {written}, found {filled} and, run again, {again}")
    size = filler.bronze.bytes_per_trade(MARKET, SYMBOL, ids, times_ms)
    load = os.getloadavg()[0]
    return Run(len(ids), seconds, size, again_seconds, peer_seconds, load)


def _both(written: Written) -> tuple[int, Decimal]:
    return written.trades, written.quantity


def _filler(lake: Lake, address: str) -> Filler:
    rest = spot_rest(address)
    if rest is None:
        raise BenchmarkError("expected an exchange's address, found none")
    return Filler(rest, BronzeTrades(lake))


def _quantity(lake: Lake, ids: range) -> Decimal:
    columns = ("trade_id", "quantity")
    rows = lake.table(table("trades")).scan(selected_fields=columns).to_arrow().to_pylist()
    return sum((row["quantity"] for row in rows if row["trade_id"] in ids), Decimal(0))


def _measure(settings: Settings, trades: int, runs: int, past_hours: float) -> list[Run]:
    lake = pipeline.lake(settings)
    migrate(lake)
    times_ms = range(_MARKET_START_MS - round(past_hours * _HOUR_MS), _MARKET_START_MS)
    past = ("--synthetic", SYMBOL, "--seed", "7", "--past-hours", str(past_hours))
    clock = ("--start-time-ms", str(_MARKET_START_MS), "--start", "on-subscribe")
    measured = []
    try:
        with exchange(settings.root, *past, *clock, within_s=_START_S) as found:
            rest = _filler(lake, found.url).rest
            first = rest.first_trade_id(SYMBOL, times_ms.start)
            newest = rest.newest_trade_id(SYMBOL)
            if first is None or newest is None or newest - first < runs * trades:
                raise BenchmarkError(
                    f"expected a past of {runs * trades:,} trades, found {first} to {newest}; "
                    "give more --past-hours"
                )
            print(_HEAD, flush=True)
            for number in range(runs):
                time.sleep(60 - time.time() % 60)
                start = first + number * trades
                measured.append(_run(lake, found.url, range(start, start + trades), times_ms))
                print(measured[-1], flush=True)
    finally:
        drop(lake)
    return measured


def main() -> None:
    """Set up, measure, report, clean up."""
    parser = argparse.ArgumentParser(prog="benchmarks/repair/run", description=__doc__)
    parser.add_argument("--trades", type=int, default=100_000, help="of a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--past-hours", type=float, default=6)
    options = parser.parse_args()
    settings = replace(read_settings(), namespace=Namespace(f"bench_repair_{os.getpid()}"))
    stack = Stack(settings)
    ours = not stack.supervisor.is_alive()
    allowed = SPOT_WEIGHT_LIMIT / _PAGE_WEIGHT * PAGE_TRADES / 60
    print(f"{', '.join(machine().values())}; weight allows {allowed:,.0f} trades/s", flush=True)
    try:
        stack.up(_SERVICES)
        runs = _measure(settings, options.trades, options.runs, options.past_hours)
    finally:
        if ours:
            stack.down(wipe=True)
    path = settings.root / "build" / "bench" / "repair.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), "allowed": allowed, "runs": [asdict(run) for run in runs]}
    path.write_text(json.dumps(content, indent=2) + "\n")
    print(f"written to {path.relative_to(settings.root)}")


if __name__ == "__main__":
    main()
