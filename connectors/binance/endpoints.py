"""Where Binance is: the public addresses, or one address of a simulator."""

from connectors.feeds.venue import Endpoints

PUBLIC_STREAM_URL = "wss://data-stream.binance.vision"
PUBLIC_REST_URL = "https://data-api.binance.vision"
PUBLIC_USDM_STREAM_URL = "wss://fstream.binance.com/public"
"""Of the category that carries books; one connection serves one category."""
PUBLIC_USDM_REST_URL = "https://fapi.binance.com"
PUBLIC_HISTORY_URL = "https://api.binance.com"
"""The data-only host does not list `historicalTrades`; it needs no key here either."""


LIVE = Endpoints(PUBLIC_STREAM_URL, PUBLIC_REST_URL, PUBLIC_HISTORY_URL)
USDM_LIVE = Endpoints(PUBLIC_USDM_STREAM_URL, PUBLIC_USDM_REST_URL, PUBLIC_USDM_REST_URL)


def simulator(url: str, category: str = "") -> Endpoints:
    """Return the endpoints of a simulator, which serves everything on one ``http://`` address.

    Args:
        url: of the simulator.
        category: path of a USD-M category, such as ``/public``; spot has none.
    """
    base = url.rstrip("/")
    return Endpoints("ws" + base.removeprefix("http") + category, base, base)
