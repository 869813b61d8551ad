"""What the pipeline claims to have known of each book, read from topic `book_tops`.

A claim is checked elsewhere: inside it every value must be the recorded one. Outside of it nothing
may be published as known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tidemark.verify.expected import Row


@dataclass(frozen=True, slots=True)
class Claims:
    """When one book was claimed to be known.

    Attributes:
        begin_ms: of the first record; windows before it do not exist.
        known: spans of event time, begin inclusive and end exclusive, in order; the last one is
            open and ends with `end_ms`.
        losses_ms: event time of each loss.
        last_told_ms: those of them at which a change was told before the loss. A loss that is dated
            back stands at the last change; one that a change itself brought stands in its place.
    """

    begin_ms: int
    end_ms: int
    known: Sequence[tuple[int, int]]
    losses_ms: Sequence[int]
    last_told_ms: frozenset[int] = frozenset()


def read_claims(records: Iterable[Row], end_ms: int) -> dict[str, Claims]:
    """Return the claims of each symbol.

    Args:
        records: values of one market's topic, heartbeats left out.
        end_ms: instant at which all claims are cut off.
    """
    by_symbol: dict[str, list[Row]] = {}
    for record in records:
        by_symbol.setdefault(record["symbol"], []).append(record)
    return {symbol: _claims(rows, end_ms) for symbol, rows in by_symbol.items()}


def _claims(rows: Sequence[Row], end_ms: int) -> Claims:
    last: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: row["book_sequence"]):
        last[row["event_time_ms"]] = row
    known: list[tuple[int, int]] = []
    since_ms: int | None = None
    for time_ms, row in sorted(last.items()):
        if time_ms >= end_ms:
            break
        if row["kind"] == "top":
            since_ms = time_ms if since_ms is None else since_ms
        elif since_ms is not None:
            known.append((since_ms, time_ms))
            since_ms = None
    if since_ms is not None:
        known.append((since_ms, end_ms))
    losses = [row["event_time_ms"] for row in rows if row["kind"] == "unsynced" and row["reason"]]
    losses = [loss for loss in losses if loss < end_ms]
    told = {row["event_time_ms"] for row in rows if row["kind"] == "top"}
    return Claims(min(last), end_ms, known, losses, frozenset(told.intersection(losses)))
