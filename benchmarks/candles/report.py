"""The outcome as a table for people and as JSON; on what machine, and how busy it was."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.candles.meter import Measured


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate's run.

    Attributes:
        peer: the hand-written consumer's run that it is compared with.
        load: load average of the last minute when it had ended.
    """

    name: str
    measured: Measured
    peer: Measured
    load: float

    @property
    def rate_ratio(self) -> float:
        """How many times the peer's rate."""
        return self.measured.steady.records_per_s / self.peer.steady.records_per_s

    @property
    def cpu_ratio(self) -> float:
        """How many times the peer's CPU for each record."""
        return self.measured.steady.cpu_us_per_record / self.peer.steady.cpu_us_per_record


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": f"{os.cpu_count()} x {models[0] if models else platform.machine()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def table(rows: Sequence[Row]) -> str:
    """Return the runs as text."""
    head = ("", "records/s", "CPU us", "whole", "rate", "CPU", "load")
    notes = ("", "steady", "/record", "records/s", "/ peer", "/ peer", "1 min")
    lines = [
        (
            row.name,
            f"{row.measured.steady.records_per_s:,.0f}",
            f"{row.measured.steady.cpu_us_per_record:.2f}",
            f"{row.measured.whole.records_per_s:,.0f}",
            f"{row.rate_ratio:.2f}",
            f"{row.cpu_ratio:.2f}",
            f"{row.load:.1f}",
        )
        for row in rows
    ]
    return "\n".join(
        f"{name:34}" + "".join(f"{cell:>11}" for cell in cells)
        for name, *cells in (head, notes, *lines)
    )


def write(path: Path, trades: int, rows: Sequence[Row]) -> None:
    """Write everything that was measured as JSON."""
    content = {
        "trades": trades,
        "machine": machine(),
        "runs": [
            asdict(row) | {"rate_ratio": row.rate_ratio, "cpu_ratio": row.cpu_ratio} for row in rows
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
