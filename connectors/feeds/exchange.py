"""What an exchange offers: an entry of `connectors.exchanges`, declared in a package of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.connect.config import Key
from connectors.feeds.venue import TradesVenue


@dataclass(frozen=True, slots=True)
class Source:
    """A connector.

    Attributes:
        connector_class: as configurations name it.
        market: that it follows.
        record_type: name of what it follows: ``trades`` or ``book_tops``.
        keys: of its configuration, beside the worker's common ones.
    """

    connector_class: str
    market: str
    record_type: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange.

    Attributes:
        name: of its package.
        sources: its connectors.
        histories: by market, who gives trades of the past by their ids.
    """

    name: str
    sources: tuple[Source, ...]
    histories: Mapping[str, TradesVenue] = field(default_factory=dict)
