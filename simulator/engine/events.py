"""What happens on the exchange: trades, and the frames that publish them.

A *frame* is one message of one stream with the instant at which the exchange sends it. Feeds
(`simulator.captures.feed`, `simulator.synthetic`) produce frames; `simulator.engine.player` sends
them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from simulator.binance.venues import Market
from simulator.engine.decimals import from_e8, from_e16
from simulator.engine.symbols import SymbolRules


@dataclass(frozen=True, slots=True)
class Trade:
    """One match.

    Attributes:
        price_e8: quote per base, scaled by 10^8.
        quantity_e8: base, scaled by 10^8.
        time_ms: match time (`T`).
        buyer_is_maker: True when the taker sold.
    """

    symbol: str
    trade_id: int
    price_e8: int
    quantity_e8: int
    time_ms: int
    buyer_is_maker: bool

    @property
    def quote_e16(self) -> int:
        """Price times quantity, scaled by 10^16."""
        return self.price_e8 * self.quantity_e8

    def rest_row(self, time_unit: int) -> dict[str, object]:
        """Return the row of ``/api/v3/trades``; `time_unit` is 1 for ms, 1000 for us."""
        return {
            "id": self.trade_id,
            "price": from_e8(self.price_e8),
            "qty": from_e8(self.quantity_e8),
            "quoteQty": from_e16(self.quote_e16),
            "time": self.time_ms * time_unit,
            "isBuyerMaker": self.buyer_is_maker,
            "isBestMatch": True,
        }


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of one stream.

    Attributes:
        due_ms: the exchange's time at which it is sent; never decreases within a feed.
        stream: its address (see `simulator.binance.venues`), such as ``btcusdt@trade``; empty for a
            recorded book snapshot, which is not sent.
        payload: JSON text of the message without the combined envelope.
        symbol: upper case; empty when the frame concerns several.
        trade: the match that a ``@trade`` frame publishes.
        market: where it happens.
        withheld_from: connections that do not get it because of a fault, as faults name them.
    """

    due_ms: int
    stream: str
    payload: bytes
    symbol: str
    trade: Trade | None = None
    market: Market = Market.SPOT
    withheld_from: tuple[str | int, ...] = ()


class Feed(Protocol):
    """A source of frames in the order in which the exchange sends them."""

    @property
    def rules(self) -> tuple[SymbolRules, ...]:
        """The symbols that the exchange lists, of all markets."""

    @property
    def start_ms(self) -> int:
        """The exchange's time before the first frame."""

    @property
    def frames_total(self) -> int | None:
        """How many frames there are; None when the feed never ends."""

    @property
    def streams(self) -> frozenset[str]:
        """The addresses of streams that may carry data; every other one stays silent."""

    def frames(self) -> Iterator[Frame]:
        """Yield the frames by `due_ms`, from the beginning."""
