"""When changes of documents are first seen, against the exchange's time of them."""

import time
from dataclasses import dataclass, field
from typing import Any

from pymongo.collection import Collection

from benchmarks import BenchmarkError

_SHARES = (0.5, 0.9, 0.99)
Documents = Collection[dict[str, Any]]


@dataclass(slots=True)
class Seen:
    """Latencies of one collection's documents, in milliseconds."""

    collection: Documents
    quote_ms: dict[str, int] = field(default_factory=dict)
    history: list[tuple[int, float]] = field(default_factory=list)
    """The exchange's time of each change, epoch milliseconds, and its latency."""

    @property
    def latencies_ms(self) -> list[float]:
        """The latencies, in the order that they were seen."""
        return [latency_ms for _, latency_ms in self.history]

    def look(self, key: str) -> None:
        """Read a document and note a change that was not seen before."""
        document = self.collection.find_one({"_id": key}, {"quote_time_ms": 1})
        now_ms = time.time_ns() / 1e6
        if document is None or document["quote_time_ms"] is None:
            return
        quote_ms, before = document["quote_time_ms"], self.quote_ms.get(key)
        if before is not None and quote_ms > before:
            self.history.append((quote_ms, now_ms - quote_ms))
        self.quote_ms[key] = quote_ms

    def percentiles(self) -> list[float]:
        """Return p50, p90 and p99.

        Raises:
            BenchmarkError: nothing was seen.
        """
        ordered = sorted(self.latencies_ms)
        if not ordered:
            raise BenchmarkError(f"{self.collection.name}: no document changed; see the logs")
        return [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in _SHARES]
