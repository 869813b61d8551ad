"""The events that feeds read from an exchange's streams, whichever exchange it is."""

from dataclasses import dataclass

import msgspec

from market.dictionary.records import TakerSide


@dataclass(frozen=True, slots=True)
class TradeReceived:
    """One trade as published.

    Attributes:
        publish_time_ms: when the exchange sent it.
        match_time_ms: when it was made.
        buyer_is_maker: True when the taker sold.
    """

    symbol: str
    trade_id: int
    price: str
    quantity: str
    publish_time_ms: int
    match_time_ms: int
    buyer_is_maker: bool


class DepthReceived(msgspec.Struct, frozen=True, gc=False):
    """A diff as published. A protocol's subclass maps the keys that its exchange uses.

    Attributes:
        publish_time_ms: when the exchange sent it.
        bids: new absolute sizes, pairs of price and size.
        previous_update_id: None where the exchange does not give it.
        change_time_ms: when its last change was made; 0 where the exchange does not give it.
    """

    symbol: str
    publish_time_ms: int
    first_update_id: int
    last_update_id: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    previous_update_id: int | None = None
    change_time_ms: int = 0

    @property
    def event_time_ms(self) -> int:
        """The exchange's time of the last change, as exact as the exchange gives it."""
        return self.change_time_ms or self.publish_time_ms


class TickerReceived(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask as published; a time that the exchange does not give is 0."""

    symbol: str
    update_id: int
    bid_price: str
    bid_size: str
    ask_price: str
    ask_size: str
    publish_time_ms: int = 0
    change_time_ms: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The answer to a request; it does not prove that any stream will ever send a frame."""

    request_id: int | str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The exchange refused a request; `code` is its own."""

    code: int
    message: str
    request_id: int | str | None


@dataclass(frozen=True, slots=True)
class ServerShutdown:
    """The server is about to shut down; reconnect at once."""

    publish_time_ms: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A well-formed event that we did not ask for."""

    stream: str
    event: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that breaks the protocol.

    Attributes:
        stream: empty when it could not be read.
        reason: a short stable word for counting.
    """

    stream: str
    symbol: str
    reason: str
    detail: str
    payload: str


Event = TradeReceived | Acknowledged | Refused | ServerShutdown | Ignored | Malformed
BookEvent = DepthReceived | TickerReceived | Event


def taker_side(*, buyer_is_maker: bool) -> TakerSide:
    """Return the aggressor's side: when the buyer was the maker, the taker sold."""
    return "sell" if buyer_is_maker else "buy"
