-- One row a window from its exact sums: quotients are DOUBLE, computed last. Used for every
-- interval: ${sums} is the relation of sums, ${missing_after} its count of gaps that begin there.
SELECT
  market,
  symbol,
  CAST(window_start AS TIMESTAMP_LTZ(3)) AS window_start,
  CAST(window_end AS TIMESTAMP_LTZ(3)) AS window_end,
  `open`,
  high,
  low,
  `close`,
  CAST(volume_quote AS DOUBLE) / NULLIF(CAST(volume_base AS DOUBLE), 0) AS vwap,
  volume_base,
  volume_quote,
  buy_base AS taker_buy_volume_base,
  volume_base - buy_base AS taker_sell_volume_base,
  buy_quote AS taker_buy_volume_quote,
  volume_quote - buy_quote AS taker_sell_volume_quote,
  CAST(buy_base - CAST(volume_base - buy_base AS DECIMAL(37, 8)) AS DOUBLE)
    / NULLIF(CAST(volume_base AS DOUBLE), 0) AS trade_imbalance,
  trade_count,
  first_trade_id,
  last_trade_id,
  trade_count + missing_trades AS expected_trades,
  missing_trades,
  backfilled_trades,
  CAST(0 AS BIGINT) AS late_trades,
  CAST(trade_count AS DOUBLE) / CAST(trade_count + missing_trades AS DOUBLE) AS completeness,
  0 AS revision,
  COALESCE(missing_trades = 0, FALSE) AS is_final,
  UNIX_TIMESTAMP() * 1000 AS computed_at_ms
FROM (
  -- 37 digits, because the difference of two numbers of 38 would lose a decimal.
  SELECT
    market,
    symbol,
    window_start,
    window_end,
    `open`,
    high,
    low,
    `close`,
    CAST(COALESCE(volume_base, 0) AS DECIMAL(37, 8)) AS volume_base,
    CAST(COALESCE(volume_quote, 0) AS DECIMAL(37, 16)) AS volume_quote,
    CAST(COALESCE(buy_base, 0) AS DECIMAL(37, 8)) AS buy_base,
    CAST(COALESCE(buy_quote, 0) AS DECIMAL(37, 16)) AS buy_quote,
    trade_count,
    first_trade_id,
    last_trade_id,
    backfilled_trades,
    CASE
      WHEN known_count = trade_count AND unknown_count = 0
        THEN COALESCE(missing_inside, 0) + COALESCE(${missing_after}, 0)
    END AS missing_trades
  FROM ${sums}
)
