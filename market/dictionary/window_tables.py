"""The windows that streams compute: each is a topic, a table of `silver` and a collection."""

from dataclasses import dataclass

from market.dictionary.schemas import DAY_MS, DEPTHS, MARKET_PARTITIONS, Table, Topic, fields_of

_SPOKEN = {"1s": "second", "1m": "minute"}
_MADE = "revision is_final computed_at_ms"


@dataclass(frozen=True, slots=True)
class WindowType:
    """A metric in windows.

    Attributes:
        metric: first part of the tables' names.
        fields: names of the columns, which spaces separate.
        intervals: lengths of its windows.
        description: one row is ... of one symbol in one second.
        message: one record of the topic is one second's ...
    """

    metric: str
    fields: str
    intervals: tuple[str, ...]
    description: str
    message: str

    def topics(self) -> list[Topic]:
        """Return the topic of each interval."""
        return [
            Topic(
                f"{self.metric}_{interval}",
                fields_of(self.fields),
                MARKET_PARTITIONS,
                7 * DAY_MS,
                f"one {_SPOKEN[interval]}'s {self.message}",
            )
            for interval in self.intervals
        ]

    def tables(self) -> list[Table]:
        """Return the table of each interval."""
        return [
            Table(
                layer="silver",
                name=f"{self.metric}_{interval}",
                fields=fields_of(self.fields),
                key=("market", "symbol", "window_start"),
                time="window_start",
                buckets=0,
                sort=("symbol", "window_start"),
                version=1,
                description=f"{self.description} of one symbol in one {_SPOKEN[interval]}",
                interval=interval,
                live=True,
            )
            for interval in self.intervals
        ]


CANDLES = WindowType(
    metric="candles",
    fields="market symbol window_start window_end open high low close vwap volume_base "
    "volume_quote taker_buy_volume_base taker_sell_volume_base taker_buy_volume_quote "
    "taker_sell_volume_quote trade_imbalance trade_count first_trade_id last_trade_id "
    f"expected_trades missing_trades backfilled_trades late_trades completeness {_MADE}",
    intervals=("1s", "1m"),
    description="VWAP, OHLCV and taker volumes",
    message="candle",
)
LIQUIDITY = WindowType(
    metric="liquidity",
    fields="market symbol window_start window_end spread_min spread_max spread_last spread_mean "
    "spread_bps_min spread_bps_max spread_bps_last spread_bps_mean obi_1_mean obi_1_last "
    "obi_5_mean obi_5_last obi_20_mean obi_20_last mid_last microprice_last "
    f"{DEPTHS['bid']} {DEPTHS['ask']} "
    f"update_count synced_ms resyncs max_quote_age_ms completeness {_MADE}",
    intervals=("1s", "1m"),
    description="spread, order book imbalance, microprice and depth",
    message="liquidity",
)
EFFECTIVE_SPREAD = WindowType(
    metric="effective_spread",
    fields="market symbol window_start window_end effective_spread_bps_mean quoted_trade_count "
    f"trade_count completeness {_MADE}",
    intervals=("1m",),
    description="effective spread of the trades",
    message="effective spread",
)

WINDOW_TYPES: tuple[WindowType, ...] = (CANDLES, LIQUIDITY, EFFECTIVE_SPREAD)
"""Every metric that streams compute."""
