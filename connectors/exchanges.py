"""The registry of exchanges, an entry each: whoever needs a market's connectors finds them here."""

from connectors.binance.exchange import BINANCE
from connectors.feeds.exchange import Exchange, Source

EXCHANGES: tuple[Exchange, ...] = (BINANCE,)
"""Every exchange. To add one is to add its package, an entry here, and its markets' entries in
`market.dictionary.markets`."""

SOURCES: tuple[Source, ...] = tuple(one for exchange in EXCHANGES for one in exchange.sources)
"""Every connector."""


def sources_of(record_type: str) -> dict[str, Source]:
    """Return the connectors that follow a type of record, by market."""
    return {one.market: one for one in SOURCES if one.record_type == record_type}
