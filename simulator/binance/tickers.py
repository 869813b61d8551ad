"""The 24-hour statistics of REST, ``ticker/24hr``, from what has happened.

Pure. They count the trades that the market has made, whatever frames a fault has withheld from
clients. `lastId` is the newest trade of all, even if the last 24 hours have none; -1 without any.
"""

from simulator.engine.book import Levels
from simulator.engine.candles import Candle, flat
from simulator.engine.decimals import cut, from_e8, from_e16
from simulator.engine.events import Trade
from simulator.engine.history import SymbolHistory
from simulator.engine.symbols import SymbolRules

DAY_MS = 86_400_000
_NO_LEVEL = ("0.00000000", "0.00000000")
_MINI_LEAVES_OUT = (
    "priceChange",
    "priceChangePercent",
    "weightedAvgPrice",
    "prevClosePrice",
    "lastQty",
    "bidPrice",
    "bidQty",
    "askPrice",
    "askQty",
)


def full_row(
    symbol: str, history: SymbolHistory, best: tuple[Levels, Levels], now_ms: int, time_unit: int
) -> dict[str, object]:
    """Return a symbol's row of ``/api/v3/ticker/24hr``.

    Args:
        symbol: upper case.
        history: its trades.
        best: its best bid and ask, each one level or none.
        now_ms: the exchange's time.
        time_unit: 1 for ms, 1000 for us.
    """
    day, newest = history.day.window() or flat(0, 0), history.newest
    before_e8 = history.day.price_before_e8
    (bid, bid_size), (ask, ask_size) = (side[0] if side else _NO_LEVEL for side in best)
    return {
        "symbol": symbol,
        "priceChange": from_e8(day.close_e8 - day.open_e8),
        "priceChangePercent": _change_percent(day),
        "weightedAvgPrice": from_e8(_mean_price_e8(day)),
        "prevClosePrice": from_e8(day.open_e8 if before_e8 is None else before_e8),
        "lastPrice": from_e8(day.close_e8),
        "lastQty": from_e8(newest.quantity_e8 if newest else 0),
        "bidPrice": bid,
        "bidQty": bid_size,
        "askPrice": ask,
        "askQty": ask_size,
        "openPrice": from_e8(day.open_e8),
        "highPrice": from_e8(day.high_e8),
        "lowPrice": from_e8(day.low_e8),
        "volume": from_e8(day.volume_e8),
        "quoteVolume": from_e16(day.quote_e16),
        **_times_and_ids(day, newest, now_ms, time_unit),
    }


def mini_row(symbol: str, history: SymbolHistory, now_ms: int, time_unit: int) -> dict[str, object]:
    """Return a symbol's row of ``/api/v3/ticker/24hr?type=MINI``; arguments as `full_row`."""
    row = full_row(symbol, history, ([], []), now_ms, time_unit)
    return {name: value for name, value in row.items() if name not in _MINI_LEAVES_OUT}


def usdm_row(rules: SymbolRules, history: SymbolHistory, now_ms: int) -> dict[str, object]:
    """Return a symbol's row of ``/fapi/v1/ticker/24hr``, with the symbol's own decimals."""
    day, newest = history.day.window() or flat(0, 0), history.newest

    def price(value_e8: int) -> str:
        return cut(from_e8(value_e8), rules.price_digits)

    return {
        "symbol": rules.symbol,
        "priceChange": price(day.close_e8 - day.open_e8),
        "priceChangePercent": _change_percent(day),
        "weightedAvgPrice": price(_mean_price_e8(day)),
        "lastPrice": price(day.close_e8),
        "lastQty": cut(from_e8(newest.quantity_e8 if newest else 0), rules.quantity_digits),
        "openPrice": price(day.open_e8),
        "highPrice": price(day.high_e8),
        "lowPrice": price(day.low_e8),
        "volume": cut(from_e8(day.volume_e8), rules.quantity_digits),
        "quoteVolume": cut(from_e16(day.quote_e16), rules.quote_digits),
        **_times_and_ids(day, newest, now_ms, 1),
    }


def _times_and_ids(
    day: Candle, newest: Trade | None, now_ms: int, time_unit: int
) -> dict[str, object]:
    return {
        "openTime": (now_ms - DAY_MS) * time_unit,
        "closeTime": now_ms * time_unit,
        "firstId": day.first_id,
        "lastId": newest.trade_id if newest else -1,
        "count": day.count,
    }


def _change_percent(day: Candle) -> str:
    change_e8 = day.close_e8 - day.open_e8
    return f"{100 * change_e8 / day.open_e8:.3f}" if day.open_e8 else "0.000"


def _mean_price_e8(day: Candle) -> int:
    return day.quote_e16 // day.volume_e8 if day.volume_e8 else 0
