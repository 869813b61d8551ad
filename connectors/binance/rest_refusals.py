"""What a refused REST request means: whether we must correct it, and how long to stay away.

No I/O.
"""

import re
from email.utils import parsedate_to_datetime

from binance.error import ClientError

RATE_LIMITED = (418, 429)

OWN_REFUSALS = (403, 451)
"""Refused before it reached the exchange, without a code of its own: by a firewall, by law."""

PASSING_CODES = (-1000, -1001, -1006, -1007, -1008, -1016)
"""The exchange could not answer for the moment."""

DEFAULT_WAIT_S, DEFAULT_BAN_S = 10.0, 120.0
"""For an order without a time; the shortest ban lasts two minutes."""

SHORTEST_WAIT_S, LONGEST_WAIT_S = 1.0, 3 * 86_400.0
"""The longest ban lasts three days: a longer one was misread."""

_BANNED_UNTIL = re.compile(r"banned until ([0-9]{13})(?![0-9])")


def is_passing(error: ClientError) -> bool:
    """Return whether the same request may be answered later; orders to wait are another matter.

    An error without the exchange's code is not the exchange's, but such as a proxy's page.
    """
    if error.error_code is None:
        return error.status_code not in OWN_REFUSALS
    return error.error_code in PASSING_CODES


def order_to_wait_s(error: ClientError, time_ms: int) -> float:
    """Return how long a refusal asks us to stay away, in seconds.

    Args:
        error: with status 418 or 429.
        time_ms: our clock, epoch milliseconds; used when the answer has no date.
    """
    headers = error.header or {}
    now_ms = _date_ms(headers.get("Date", "")) or time_ms
    wait_s = _retry_after_s(headers.get("Retry-After", ""), now_ms)
    if until := _BANNED_UNTIL.search(str(error.error_message)):
        wait_s = max(wait_s, (int(until[1]) - now_ms) / 1000)
    if wait_s <= 0:
        wait_s = DEFAULT_BAN_S if error.status_code == 418 else DEFAULT_WAIT_S
    return min(max(wait_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)


def _retry_after_s(text: str, now_ms: int) -> float:
    if text.isascii() and text.isdecimal():
        return float(text)
    return (_date_ms(text) - now_ms) / 1000 if text else 0.0


def _date_ms(text: str) -> int:
    """Return the instant of an HTTP date, which the sender cut to seconds; 0 when it is none."""
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000)
    except ValueError:
        return 0
