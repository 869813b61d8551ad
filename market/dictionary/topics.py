"""Every Kafka topic; its values are composed of the fields in `market.dictionary.fields`."""

from market.dictionary.names import MARKETS, TRADES_MARKETS
from market.dictionary.schemas import Topic, fields_of
from market.errors import UnknownNameError

DAY_MS = 86_400_000
MARKET_PARTITIONS = 4
"""Partitions of topics keyed by market|symbol: two per core of the smallest machine."""

_CANDLE = fields_of(
    "market symbol window_start window_end open high low close vwap volume_base volume_quote "
    "taker_buy_volume_base taker_sell_volume_base taker_buy_volume_quote taker_sell_volume_quote "
    "trade_imbalance trade_count first_trade_id last_trade_id expected_trades missing_trades "
    "backfilled_trades late_trades completeness revision is_final computed_at_ms"
)

_DEPTHS = "{0}_depth_quote_10_bps {0}_depth_quote_25_bps {0}_depth_quote_50_bps"
_SIDE_TOP = "{0}_price {0}_size {0}_size_sum_5 {0}_size_sum_20 " + _DEPTHS
_LEVELS = "bid_prices bid_sizes ask_prices ask_sizes"
_LIQUIDITY = fields_of(
    "market symbol window_start window_end spread_min spread_max spread_last spread_mean "
    "spread_bps_min spread_bps_max spread_bps_last spread_bps_mean obi_1_mean obi_1_last "
    "obi_5_mean obi_5_last obi_20_mean obi_20_last mid_last microprice_last "
    f"{_DEPTHS.format('bid')} {_DEPTHS.format('ask')} "
    "update_count synced_ms resyncs max_quote_age_ms completeness revision is_final computed_at_ms"
)

TRADES = {
    market: Topic(
        f"trades.{market}",
        fields_of(
            "market symbol kind trade_id price quantity taker_side missing_before gap_end_time_ms "
            "late_after_ms event_time_ms receive_time_ms source schema_version"
        ),
        MARKET_PARTITIONS,
        7 * DAY_MS,
        f"one trade of {market}, a marker of what is missing or unknown, or a heartbeat",
    )
    for market in TRADES_MARKETS
}
"""By market: heartbeats of one market must not vouch for the time of another."""
CANDLES_1S = Topic("candles_1s", _CANDLE, MARKET_PARTITIONS, 7 * DAY_MS, "one second's candle")
CANDLES_1M = Topic("candles_1m", _CANDLE, MARKET_PARTITIONS, 7 * DAY_MS, "one minute's candle")
BOOK_TOPS = {
    market: Topic(
        f"book_tops.{market}",
        fields_of(
            "market symbol kind book_sequence last_update_id quote_time_ms "
            f"{_SIDE_TOP.format('bid')} {_SIDE_TOP.format('ask')} reason late_after_ms "
            "event_time_ms receive_time_ms source schema_version"
        ),
        MARKET_PARTITIONS,
        DAY_MS,
        f"what a verified book of {market} was from an instant on, or that it is unknown",
    )
    for market in MARKETS
}
"""By market: heartbeats of one market must not vouch for the time of another."""
BOOK_SNAPSHOTS = Topic(
    "book_snapshots",
    fields_of(
        f"market symbol last_update_id quote_time_ms {_LEVELS} "
        "event_time_ms receive_time_ms source schema_version"
    ),
    MARKET_PARTITIONS,
    DAY_MS,
    "the 20 best levels a side of a verified book",
)
DEPTH_DIFFS = Topic(
    "depth_diffs",
    fields_of(
        f"market symbol first_update_id last_update_id previous_update_id {_LEVELS} "
        "event_time_ms receive_time_ms source schema_version"
    ),
    MARKET_PARTITIONS,
    DAY_MS,
    "one diff of a book as the exchange sent it",
)
LIQUIDITY_1S = Topic(
    "liquidity_1s", _LIQUIDITY, MARKET_PARTITIONS, 7 * DAY_MS, "one second's liquidity"
)
LIQUIDITY_1M = Topic(
    "liquidity_1m", _LIQUIDITY, MARKET_PARTITIONS, 7 * DAY_MS, "one minute's liquidity"
)
EFFECTIVE_SPREAD_1M = Topic(
    "effective_spread_1m",
    fields_of(
        "market symbol window_start window_end effective_spread_bps_mean quoted_trade_count "
        "trade_count completeness revision is_final computed_at_ms"
    ),
    MARKET_PARTITIONS,
    7 * DAY_MS,
    "one minute's effective spread",
)
FEED_EVENTS = Topic(
    "feed_events",
    fields_of(
        "market symbol connector task stream event detail from_id to_id from_time_ms to_time_ms "
        "event_time_ms receive_time_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one event of a feed that a completeness column can be explained by",
)
DEAD_LETTERS = Topic(
    "dead_letters",
    fields_of(
        "market symbol connector task stream reason detail payload receive_time_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one record that was refused, with the reason",
)
LATE_RECORDS = Topic(
    "late_records",
    fields_of("market symbol topic job trade_id event_time_ms watermark_ms receive_time_ms"),
    1,
    30 * DAY_MS,
    "one record that may have missed its window",
)
ALERTS = Topic(
    "alerts",
    fields_of(
        "alert severity market symbol table_name check_name detail from_time_ms to_time_ms "
        "raised_at_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one red check of one symbol, which somebody should look at",
)
CONNECT_OFFSETS = Topic("connect_offsets", (), 1, -1, "a source's offset", compacted=True)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        *TRADES.values(),
        CANDLES_1S,
        CANDLES_1M,
        *BOOK_TOPS.values(),
        BOOK_SNAPSHOTS,
        DEPTH_DIFFS,
        LIQUIDITY_1S,
        LIQUIDITY_1M,
        EFFECTIVE_SPREAD_1M,
        FEED_EVENTS,
        DEAD_LETTERS,
        LATE_RECORDS,
        ALERTS,
        CONNECT_OFFSETS,
    )
}
"""Every topic by name."""


def topic(name: str) -> Topic:
    """Return the topic of that name.

    Raises:
        UnknownNameError: no such topic.
    """
    if name not in TOPICS:
        raise UnknownNameError(f"no topic is named {name!r}; known: {', '.join(TOPICS)}")
    return TOPICS[name]
