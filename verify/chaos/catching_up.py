"""Wait until the stream has caught up with the market after the last fault."""

import time
from collections.abc import Callable

from pyiceberg.exceptions import RESTError
from pymongo.errors import PyMongoError

from verify.chaos.strikes import SPOT, USDM
from verify.chaos.versions import TABLES
from verify.stores import Stores

LONGEST_S = 240.0
_POLL_S = 2.0
_MINUTE_MS = 60_000


def caught_up_at(
    stores: Stores, now_ms: Callable[[], int], report: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Wait until each store has windows after the faults; return up to when rows are complete.

    Args:
        stores: of the pipeline.
        now_ms: returns the exchange's time.
        report: called with what is waited for.

    Returns:
        An instant of event time at which a minute ends, and what still lagged when the wait was
        given up.
    """
    horizon_ms = -(-now_ms() // _MINUTE_MS) * _MINUTE_MS
    deadline = time.monotonic() + LONGEST_S
    while True:
        lagging = _lagging(stores, horizon_ms)
        if not lagging:
            return horizon_ms, []
        if time.monotonic() > deadline:
            return horizon_ms, [f"{one}: expected windows up to the faults' end" for one in lagging]
        report(f"rows: waiting for {', '.join(lagging)}")
        time.sleep(_POLL_S)


def _lagging(stores: Stores, horizon_ms: int) -> list[str]:
    """Return the tables whose newest minute, or second of the next one, is not there yet."""
    lagging = []
    for name in TABLES:
        wanted_ms = horizon_ms - _MINUTE_MS if name.endswith("1m") else horizon_ms
        markets = (SPOT, USDM) if name.startswith("liquidity") else (SPOT,)
        try:
            newest = stores.newest_window(name)
        except (PyMongoError, RESTError, OSError) as error:
            lagging.append(f"{name} ({type(error).__name__})")
            continue
        lagging += [
            f"{store}.{name} of {market}"
            for store, starts in newest.items()
            for market in markets
            if starts.get(market, 0) < wanted_ms
        ]
    return lagging
