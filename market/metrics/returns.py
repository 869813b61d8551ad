"""Reference definitions over log returns, as plain functions that the SQL must equal.

A log return is a decimal rounded once, half up, to fifteen decimals, so that its sums and those of
its squares are exact in any order. None means unknown and is never zero.

Theory. A *close* is the last price of a window with trades. The return between two closes is known
only when no trade between them can be missing: when the first trade id of the later window follows
the last one of the earlier window. Windows without trades in between do not matter, since the price
did not move in them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise

_EXACT = Context(prec=76)

RETURN = Decimal("1e-15")
"""What a log return is rounded to."""


@dataclass(frozen=True, slots=True)
class Close:
    """A window with trades, reduced to what a return needs.

    Attributes:
        window_start_ms: epoch milliseconds.
        price: of its last trade, quote per base.
    """

    window_start_ms: int
    price: Decimal
    first_trade_id: int
    last_trade_id: int


@dataclass(frozen=True, slots=True)
class Return:
    """The return from one close to the next.

    Attributes:
        window_start_ms: of the later window, to which the return belongs.
        since_ms: start of the earlier window; None before the first one.
        value: ln(close / close before); None when trades may be missing between the two.
    """

    window_start_ms: int
    since_ms: int | None
    value: Decimal | None


def log_return(price: Decimal, previous: Decimal) -> Decimal:
    """Return ln(price / previous), rounded to fifteen decimals."""
    exact = Decimal(math.log(float(price) / float(previous)))
    return exact.quantize(RETURN, ROUND_HALF_UP)


def log_returns(closes: Sequence[Close]) -> Iterator[Return]:
    """Yield one return per close, in order; that of the first one is unknown.

    Args:
        closes: of one symbol, in order of time.
    """
    if closes:
        yield Return(closes[0].window_start_ms, None, None)
    for before, after in pairwise(closes):
        is_known = after.first_trade_id == before.last_trade_id + 1
        value = log_return(after.price, before.price) if is_known else None
        yield Return(after.window_start_ms, before.window_start_ms, value)


def realised_volatility(returns: Sequence[Decimal]) -> float | None:
    """Return the square root of the sum of squared returns, not annualised; None without any."""
    if not returns:
        return None
    with localcontext(_EXACT):
        return math.sqrt(sum((value * value for value in returns), Decimal(0)))


def correlation(pairs: Sequence[tuple[Decimal, Decimal]]) -> float | None:
    """Return Pearson's correlation, in [-1, 1].

    Args:
        pairs: the two symbols' returns in the same window.

    Returns:
        None when a symbol's returns are all equal, as with one pair or none.
    """
    n = len(pairs)
    with localcontext(_EXACT):
        x, y = (sum(column, Decimal(0)) for column in zip(*pairs, strict=True)) if n else (0, 0)
        xx, yy = sum(a * a for a, _ in pairs), sum(b * b for _, b in pairs)
        xy = sum(a * b for a, b in pairs)
        covariance = float(n * xy - x * y)
        spread = math.sqrt(float(n * xx - x * x) * float(n * yy - y * y))
    return covariance / spread if spread else None
