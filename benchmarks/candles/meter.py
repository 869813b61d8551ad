"""What is measured of each candidate: records, seconds and CPU seconds, whole and in steady state.

The steady state leaves out the first and last records, where processes warm up, connect and end.
"""

import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

_FROM, _TO = 0.05, 0.98
_TICKS_PER_S = 100
"""`USER_HZ`, in which `/proc` counts, whatever the kernel's own clock."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How far a candidate was at an instant.

    Attributes:
        at_s: monotonic clock.
        cpu_s: user and system time that its process has used.
    """

    records: int
    at_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Span:
    """What passed between two samples."""

    records: int
    seconds: float
    cpu_s: float

    @classmethod
    def between(cls, first: Sample, last: Sample) -> Self:
        """Return the difference."""
        seconds, cpu_s = last.at_s - first.at_s, last.cpu_s - first.cpu_s
        return cls(last.records - first.records, seconds, cpu_s)

    @property
    def records_per_s(self) -> float:
        """The rate."""
        return self.records / self.seconds

    @property
    def cpu_us_per_record(self) -> float:
        """CPU microseconds for each record."""
        return 1e6 * self.cpu_s / self.records


@dataclass(frozen=True, slots=True)
class Measured:
    """One candidate's outcome.

    Attributes:
        steady: between 5 % and 98 % of the input.
        whole: from the first record's request to the last result.
        digest: of the windows it computed; empty where it computes none.
    """

    steady: Span
    whole: Span
    digest: str = ""

    @classmethod
    def of(cls, samples: list[Sample], total: int, digest: str = "") -> Self:
        """Return the outcome of a candidate that read `total` records."""
        first = next(sample for sample in samples if sample.records >= _FROM * total)
        last = next(sample for sample in reversed(samples) if sample.records <= _TO * total)
        whole = Span.between(samples[0], samples[-1])
        return cls(Span.between(first, last), whole, digest)

    def as_json(self) -> dict[str, Any]:
        """Return a form that `from_json` understands."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Return what `as_json` gave."""
        return cls(Span(**value["steady"]), Span(**value["whole"]), value["digest"])


def own_sample(records: int) -> Sample:
    """Return a sample of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Sample(records, time.monotonic(), usage.ru_utime + usage.ru_stime)


def sample(pid: int, records: int) -> Sample:
    """Return a sample of another process, all its threads together."""
    # The command's name, in brackets, may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return Sample(records, time.monotonic(), (user + system) / _TICKS_PER_S)
