"""What the pipeline claims to have known of each book, read from topic `book_tops`.

Claims are checked elsewhere: inside a claim every value must be the recorded one; outside of it
nothing may be published as known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verify.expected import Row


@dataclass(frozen=True, slots=True)
class Claims:
    """When one book was claimed to be known.

    Attributes:
        begin_ms: of the first record; windows before it do not exist.
        known: spans of event time, begin inclusive and end exclusive, in order; the last one is
            open and ends with `end_ms`.
        losses_ms: event time of each loss.
        last_reported_ms: those of them at which a change was reported before the loss. A loss that
            is dated back has the time of the last change; one that a change itself caused replaces
            that change.
        undated: those parts of `known` in which only a snapshot reported the last change, so that
            its time, and the age of the quote, is not known.
    """

    begin_ms: int
    end_ms: int
    known: Sequence[tuple[int, int]]
    losses_ms: Sequence[int]
    last_reported_ms: frozenset[int] = frozenset()
    undated: Sequence[tuple[int, int]] = ()


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
    held = [(time_ms, row) for time_ms, row in sorted(last.items()) if time_ms < end_ms]
    known = [(time_ms, row["kind"] == "top") for time_ms, row in held]
    undated = [
        (time_ms, row["kind"] == "top" and row["quote_time_ms"] is None) for time_ms, row in held
    ]
    losses = [row["event_time_ms"] for row in rows if row["kind"] == "unsynced" and row["reason"]]
    losses = [loss for loss in losses if loss < end_ms]
    reported = {row["event_time_ms"] for row in rows if row["kind"] == "top"}
    return Claims(
        min(last),
        end_ms,
        _spans(known, end_ms),
        losses,
        frozenset(reported.intersection(losses)),
        _spans(undated, end_ms),
    )


def _spans(steps: Sequence[tuple[int, bool]], end_ms: int) -> list[tuple[int, int]]:
    """Return from when to when a step function is true."""
    spans: list[tuple[int, int]] = []
    since_ms: int | None = None
    for time_ms, is_true in (*steps, (end_ms, False)):
        if is_true:
            since_ms = time_ms if since_ms is None else since_ms
        elif since_ms is not None:
            spans.append((since_ms, time_ms))
            since_ms = None
    return spans
