"""What one program of the benchmark `connector` tells of itself: CPU, wall time and records."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Self

from benchmarks.candles.meter import Measured


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run.

    Attributes:
        measured: its records are the frames that were read.
        records: written, by kind.
    """

    measured: Measured
    records: dict[str, int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `line` gave."""
        value: dict[str, Any] = json.loads(text)
        return cls(Measured.from_json(value["measured"]), value["records"])

    def line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self))


def kinds(counts: Counter[str]) -> dict[str, int]:
    """Return counts by name, most first."""
    return dict(counts.most_common())
