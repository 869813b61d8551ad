"""Wait until what a replay must leave is in the stores, or until it will no longer come."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from stack.settings import Settings
from verify.replay_plan import Replay, ReplayError
from verify.stores import Stores

STALLED_S = 120.0
"""Without any new row for this long, what is missing will not come."""
_POLL_S = 1.0
_QUIET_CHECKPOINTS = 4
"""Checkpoints without news after which everything is there: results reach the lake within two."""
_SETTLING = {
    "trades": "bronze",
    "candles_1s": "silver",
    "candles_1m": "silver",
    "late_records": "ops",
    "feed_events": "ops",
}


def settle(
    settings: Settings, stores: Stores, replay: Replay, report: Callable[[str], None]
) -> None:
    """Wait until the last windows are there and nothing more is written, whatever was lost.

    Raises:
        ReplayError: the last windows do not come.
    """
    quiet_s = _QUIET_CHECKPOINTS * settings.flink.checkpoint_interval_s
    counts: dict[str, int] = {}
    changed = time.monotonic()
    while time.monotonic() - changed < STALLED_S:
        found = {name: stores.count(name)[layer] for name, layer in _SETTLING.items()}
        if found != counts:
            counts, changed = found, time.monotonic()
        report("rows: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
        is_quiet = time.monotonic() - changed > quiet_s
        if is_quiet and not _windows_missing(stores, replay):
            return
        time.sleep(_POLL_S)
    raise ReplayError(
        f"expected the windows that end the replay, {dict(replay.last_windows)}, found nothing new "
        f"for {STALLED_S:.0f} s; see `tidemark jobs list`"
    )


def drain(stores: Stores, replay: Replay, report: Callable[[str], None]) -> None:
    """Wait until everything is there, or nothing of what is missing has come for a long time."""
    missing: list[str] | None = None
    published: int | None = None
    changed = time.monotonic()
    while time.monotonic() - changed < STALLED_S:
        found = _rows_missing(stores, replay) or _windows_missing(stores, replay)
        if not found:
            # Once: the connector keeps reporting seconds in which nothing was recorded.
            published = _book_tops_published(stores, replay) if published is None else published
            found = _book_tops_missing(stores, published)
        if not found:
            return
        report(f"rows: not yet there: {', '.join(found)}")
        if found != missing:
            missing, changed = found, time.monotonic()
        time.sleep(_POLL_S)


def _rows_missing(stores: Stores, replay: Replay) -> list[str]:
    """Return the tables of a known number of rows that have fewer."""
    return [
        f"{store}.{name} {count:,} of {wanted:,}"
        for name, wanted in replay.expected.items()
        for store, count in stores.count(name).items()
        if count < wanted
    ]


def _windows_missing(stores: Stores, replay: Replay) -> list[str]:
    """Return the tables of books whose last window is not there."""
    return [
        f"{store}.{name} of {market} from {datetime.fromtimestamp(newest_ms / 1_000, UTC):%H:%M:%S}"
        for name, wanted in replay.last_windows.items()
        if wanted
        for store, newest in stores.newest_window(name).items()
        for market, start_ms in wanted.items()
        if (newest_ms := newest.get(market, 0)) < start_ms
    ]


def _book_tops_published(stores: Stores, replay: Replay) -> int:
    """Return how many records the topics of books hold now."""
    return sum(len(stores.book_tops(market)) for market in replay.books)


def _book_tops_missing(stores: Stores, published: int) -> list[str]:
    """Return what bronze, for which no window waits, lacks of the topics' records."""
    kept = stores.count("book_tops")["bronze"]
    return [f"bronze.book_tops {kept:,} of {published:,}"] if kept < published else []
