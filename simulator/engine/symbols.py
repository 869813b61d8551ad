"""The symbols that the simulated exchange lists, with their trading rules.

Prices, ticks and steps of the well-known pairs have the real exchange's magnitude; any other
pair gets plain defaults.
"""

import re
from dataclasses import dataclass, replace
from itertools import islice, product
from string import ascii_uppercase

from simulator.binance.venues import Market
from simulator.engine.decimals import from_e8, places_of, to_e8
from simulator.errors import SimulatorError

_QUOTES = ("USDT", "USDC", "FDUSD", "TRY", "EUR", "BTC", "ETH", "BNB")
_SYMBOL = re.compile(r"[^\W_a-z]{2,20}(_[0-9]{6})?")
"""Letters and digits, since December 2025 of any script; perhaps a quarterly's delivery day."""


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """One listed symbol.

    Attributes:
        tick_e8: smallest step of a price, scaled by 10^8.
        step_e8: smallest step of a quantity, scaled by 10^8.
        price_e8: where a synthetic market starts, scaled by 10^8.
        weight: trades relative to BTCUSDT in a synthetic market.
        price_digits, quantity_digits: decimals on the wire.
    """

    symbol: str
    base: str
    quote: str
    tick_e8: int
    step_e8: int
    price_e8: int
    weight: float
    market: Market = Market.SPOT
    price_digits: int = 8
    quantity_digits: int = 8

    @property
    def quote_digits(self) -> int:
        """Decimals of price times quantity, eight at most."""
        return min(8, self.price_digits + self.quantity_digits)

    def exchange_info(self) -> dict[str, object]:
        """Return the symbol's entry of ``/api/v3/exchangeInfo``."""
        return {
            "symbol": self.symbol,
            "status": "TRADING",
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "icebergAllowed": True,
            "ocoAllowed": True,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": True,
            "filters": self._filters(),
            "permissions": [],
            "permissionSets": [["SPOT", "MARGIN"]],
            "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
            "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
        }

    def _filters(self) -> list[dict[str, object]]:
        tick, step = from_e8(self.tick_e8), from_e8(self.step_e8)
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": tick,
                "maxPrice": "1000000.00000000",
                "tickSize": tick,
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": step,
                "maxQty": "9000000.00000000",
                "stepSize": step,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ]


_KNOWN = {
    # symbol: tick, step, starting price, weight
    "BTCUSDT": ("0.01", "0.00001", "83091.60", 1.0),
    "ETHUSDT": ("0.01", "0.0001", "2741.20", 0.75),
    "SOLUSDT": ("0.01", "0.001", "131.40", 0.55),
    "DOGEUSDT": ("0.00001", "1", "0.14612", 0.5),
    "XRPUSDT": ("0.0001", "0.1", "2.0511", 0.45),
    "BNBUSDT": ("0.01", "0.001", "842.30", 0.3),
    "ADAUSDT": ("0.0001", "0.1", "0.4312", 0.27),
    "LINKUSDT": ("0.01", "0.01", "12.84", 0.2),
}
WELL_KNOWN = tuple(_KNOWN)
"""The symbols with numbers of their own, busiest first."""
MOST_MADE_UP = 5_000
"""More than the exchange lists; every one costs memory and start-up time."""
_DEFAULT = ("0.0001", "0.01", "10.0000", 0.1)


def is_symbol(text: str) -> bool:
    """Return True for a name in the form of the symbols of spot and USD-M."""
    return bool(_SYMBOL.fullmatch(text))


def made_up_symbols(count: int) -> tuple[str, ...]:
    """Return a number of symbols, ``BTCUSDT`` first; at most `MOST_MADE_UP`."""
    letters = product(ascii_uppercase, repeat=3)
    invented = (f"X{''.join(three)}USDT" for three in letters)
    wanted = min(count, MOST_MADE_UP)
    return (*WELL_KNOWN, *islice(invented, max(0, wanted - len(WELL_KNOWN))))[:wanted]


def symbol_rules(symbol: str) -> SymbolRules:
    """Return the rules of a symbol.

    Args:
        symbol: as the exchange writes it, such as ``BTCUSDT``; if its quote asset is unknown here,
            the last three characters count as it.

    Raises:
        SimulatorError: the name is malformed.
    """
    if not is_symbol(symbol):
        raise SimulatorError(
            f"symbol {symbol!r}: expected 2 to 20 letters and digits in upper case"
        )
    pair = symbol.partition("_")[0]
    known = (end for end in _QUOTES if pair.endswith(end) and pair != end)
    quote = next(known, pair[-3:])
    tick, step, price, weight = _KNOWN.get(symbol, _DEFAULT)
    base = pair.removesuffix(quote)
    return SymbolRules(symbol, base, quote, to_e8(tick), to_e8(step), to_e8(price), weight)


_USDM_TICKS = {"BTCUSDT": "0.10"}
"""Ticks that are larger than the last decimal of the price."""
_USDM_QUANTITY_DIGITS = {"BTCUSDT": 3, "ETHUSDT": 3, "SOLUSDT": 2, "BNBUSDT": 2, "ADAUSDT": 0}
"""Decimals of the well-known perpetuals whose step differs from spot's."""


def usdm_rules(symbol: str, price_digits: int, quantity_digits: int) -> SymbolRules:
    """Return the rules of a USD-M symbol whose numbers have that many decimals on the wire.

    Raises:
        SimulatorError: the name is malformed.
    """
    last_decimal_e8 = 10 ** (8 - price_digits)
    tick = _USDM_TICKS.get(symbol)
    return replace(
        symbol_rules(symbol),
        tick_e8=last_decimal_e8 if tick is None else to_e8(tick),
        step_e8=10 ** (8 - quantity_digits),
        market=Market.USDM,
        price_digits=price_digits,
        quantity_digits=quantity_digits,
    )


def perpetual_rules(symbol: str) -> SymbolRules:
    """Return the rules of a perpetual in a synthetic market: on spot's grid or near it.

    Raises:
        SimulatorError: the name is malformed.
    """
    spot = symbol_rules(symbol)
    quantity_digits = _USDM_QUANTITY_DIGITS.get(symbol, places_of(spot.step_e8))
    return usdm_rules(symbol, places_of(spot.tick_e8), quantity_digits)
