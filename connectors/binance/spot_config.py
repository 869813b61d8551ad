"""The spot connector's keys, and its configuration in types."""

from dataclasses import dataclass

from connectors.binance import endpoints
from connectors.binance.endpoints import Endpoints
from connectors.binance.source_keys import SOURCE_KEYS
from connectors.runtime.config import Key, Settings

KEYS = (
    Key(
        "backfill.max.trades",
        "20000",
        "Longest gap that is fetched from REST; a longer one is left and marked.",
        0,
    ),
    *SOURCE_KEYS,
)


@dataclass(frozen=True, slots=True)
class SpotConfig:
    """The task's configuration; times in seconds."""

    endpoints: Endpoints
    symbols: tuple[str, ...]
    max_backfill_trades: int
    heartbeat_interval_s: float
    silent_after_s: float

    @classmethod
    def of(cls, settings: Settings) -> "SpotConfig":
        """Return checked settings in their types."""
        is_live = settings.text("exchange") == "live"
        simulator = endpoints.simulator(settings.text("simulator.url"))
        return cls(
            endpoints=endpoints.LIVE if is_live else simulator,
            symbols=settings.names("symbols"),
            max_backfill_trades=settings.integer("backfill.max.trades"),
            heartbeat_interval_s=settings.seconds("heartbeat.interval.ms"),
            silent_after_s=settings.seconds("stream.silent.ms"),
        )
