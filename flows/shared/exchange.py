"""The exchange as flows ask it: by REST, within the weight that the exchange grants an address."""

import threading

from connectors.binance.rest import SpotRest
from connectors.binance.venues import SPOT
from connectors.connect.clock import SystemClock

LIVE = "live"
MARKET = "binance-spot"
"""Whose trades flows ask for."""


def spot_rest(exchange: str) -> SpotRest | None:
    """Return a client of spot REST, or None when no exchange may be asked.

    Args:
        exchange: ``live``, a simulator's address, or empty.
    """
    if not exchange:
        return None
    kind = exchange if exchange == LIVE else "simulator"
    return SPOT.trades_rest(SPOT.endpoints(kind, exchange), SystemClock(), threading.Event())
