"""What differs between Binance's markets as far as order books are concerned."""

from dataclasses import dataclass

from connectors.binance import endpoints
from connectors.binance.endpoints import Endpoints
from connectors.binance.market_rest import SPOT_ROOT, USDM_ROOT


@dataclass(frozen=True, slots=True)
class Venue:
    """One market.

    Attributes:
        market: its name in every record.
        live: the public addresses.
        category: path of its streams at a simulator.
        rest_root: path of its REST endpoints.
        weight_limit: request weight that an address may use in a clock minute.
        snapshot_weights: request weight of a snapshot by the most levels a side that it covers.
        snapshot_limits: the only limits that are accepted; empty for any.
        plain_speed: the speed of the diff stream whose name has no suffix.
    """

    market: str
    live: Endpoints
    category: str
    rest_root: str
    weight_limit: int
    snapshot_weights: tuple[tuple[int, int], ...]
    snapshot_limits: tuple[int, ...]
    plain_speed: str

    def snapshot_weight(self, limit: int) -> int:
        """Return the request weight of a snapshot of so many levels a side."""
        return next(
            (weight for most, weight in self.snapshot_weights if limit <= most),
            self.snapshot_weights[-1][1],
        )

    def accepts_limit(self, limit: int) -> bool:
        """Tell whether the exchange serves snapshots of so many levels a side."""
        if self.snapshot_limits:
            return limit in self.snapshot_limits
        return 0 < limit <= self.snapshot_weights[-1][0]

    def depth_stream(self, symbol: str, speed: str) -> str:
        """Return the name of a symbol's diff stream; names are lower case only."""
        suffix = "" if speed == self.plain_speed else f"@{speed}"
        return f"{symbol.lower()}@depth{suffix}"

    def endpoints(self, exchange: str, simulator_url: str) -> Endpoints:
        """Return the addresses of ``live`` or of a simulator."""
        if exchange == "live":
            return self.live
        return endpoints.simulator(simulator_url, self.category)


SPOT = Venue(
    market="binance-spot",
    live=endpoints.LIVE,
    category="",
    rest_root=SPOT_ROOT,
    weight_limit=6_000,
    snapshot_weights=((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    snapshot_limits=(),
    plain_speed="1000ms",
)

USDM = Venue(
    market="binance-usdm",
    live=endpoints.USDM_LIVE,
    category="/public",
    rest_root=USDM_ROOT,
    weight_limit=2_400,
    snapshot_weights=((50, 2), (100, 5), (500, 10), (1_000, 20)),
    snapshot_limits=(5, 10, 20, 50, 100, 500, 1_000),
    plain_speed="250ms",
)


def ticker_stream(symbol: str) -> str:
    """Return the name of a symbol's best bid and ask stream."""
    return f"{symbol.lower()}@bookTicker"
