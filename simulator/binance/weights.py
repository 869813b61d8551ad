"""The request-weight budget of REST: used weight per client, 429, then a 418 ban.

Pure: instants are arguments, in epoch seconds. The window is the UTC clock minute; refused requests
cost weight too. A client that continues after `REFUSALS_BEFORE_BAN` refusals in one minute is
banned.
"""

import math
from dataclasses import dataclass

from simulator.binance.venues import Market

WEIGHT_PER_MINUTE = 6000
WEIGHTS_PER_MINUTE = {Market.SPOT: WEIGHT_PER_MINUTE, Market.USDM: 2400}
REFUSALS_BEFORE_BAN = 20
BAN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one charge.

    Attributes:
        used: weight used in this minute, for the header.
        status: 200, 429 or 418.
        retry_after_s: whole seconds until a retry makes sense; 0 with 200.
        banned_until_ms: epoch milliseconds; 0 unless banned.
    """

    used: int
    status: int = 200
    retry_after_s: int = 0
    banned_until_ms: int = 0


@dataclass(slots=True)
class _Usage:
    minute: int = -1
    used: int = 0
    refusals: int = 0
    banned_until_s: float = 0.0


class WeightBudget:
    """The budgets of all clients.

    Args:
        limit: weight per minute and client.
    """

    def __init__(self, limit: int = WEIGHT_PER_MINUTE) -> None:
        self.limit = limit
        self._usages: dict[str, _Usage] = {}

    def charge(self, client: str, weight: int, now_s: float) -> Verdict:
        """Count one request of a client and return whether to serve it."""
        usage = self._usages.setdefault(client, _Usage())
        minute = int(now_s // 60)
        if usage.minute != minute:
            usage.minute, usage.used, usage.refusals = minute, 0, 0
        usage.used += weight
        if now_s < usage.banned_until_s:
            return _banned(usage, now_s)
        if usage.used <= self.limit:
            return Verdict(usage.used)
        usage.refusals += 1
        if usage.refusals > REFUSALS_BEFORE_BAN:
            usage.banned_until_s = now_s + BAN_SECONDS
            return _banned(usage, now_s)
        return Verdict(usage.used, 429, math.ceil((minute + 1) * 60 - now_s))


def _banned(usage: _Usage, now_s: float) -> Verdict:
    wait_s = math.ceil(usage.banned_until_s - now_s)
    return Verdict(usage.used, 418, wait_s, int(usage.banned_until_s * 1000))
