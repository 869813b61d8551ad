-- sql/flows/rollup/daily_summary/query.sql
-- One row per symbol and day, from the other tables of gold; nulls where a symbol has no books.
WITH volatility AS (
  SELECT
    market,
    symbol,
    date_trunc('day', window_start) AS window_start,
    -- Variances of hours add up to the day's; in decimals, so that their order does not matter.
    sqrt(
      CAST(sum(CAST(realised_volatility * realised_volatility AS DECIMAL(38, 30))) AS DOUBLE)
    ) AS realised_volatility,
    sum(trade_count) AS trade_count,
    count(*) AS source_rows,
    max(source_computed_at_ms) AS source_computed_at_ms
  FROM lake.${gold}.volatility_1h
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
  GROUP BY market, symbol, date_trunc('day', window_start)
),
liquidity AS (
  SELECT *
  FROM lake.${gold}.liquidity_1d
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
)
SELECT
  candles.market AS market,
  candles.symbol AS symbol,
  candles.window_start AS window_start,
  candles.window_end AS window_end,
  candles."open" AS "open",
  candles.high AS high,
  candles.low AS low,
  candles."close" AS "close",
  candles.vwap AS vwap,
  candles.volume_base AS volume_base,
  candles.volume_quote AS volume_quote,
  candles.trade_imbalance AS trade_imbalance,
  candles.trade_count AS trade_count,
  ln(CAST(candles."close" AS DOUBLE) / CAST(candles."open" AS DOUBLE)) AS log_return,
  volatility.realised_volatility AS realised_volatility,
  liquidity.spread_bps_mean AS spread_bps_mean,
  liquidity.obi_5_mean AS obi_5_mean,
  liquidity.synced_ms AS synced_ms,
  candles.expected_trades AS expected_trades,
  candles.missing_trades AS missing_trades,
  candles.backfilled_trades AS backfilled_trades,
  candles.late_trades AS late_trades,
  candles.completeness AS completeness,
  -- A day is not final while an hour's volatility still waits for its seconds.
  candles.is_final
    AND coalesce(liquidity.is_final, TRUE)
    AND coalesce(volatility.trade_count, 0) = candles.trade_count AS is_final,
  1 + coalesce(volatility.source_rows, 0) + if(liquidity.market IS NULL, 0, 1) AS source_rows,
  greatest(
    candles.source_computed_at_ms,
    coalesce(volatility.source_computed_at_ms, 0),
    coalesce(liquidity.source_computed_at_ms, 0)
  ) AS source_computed_at_ms,
  TRUE AS is_ready
FROM lake.${gold}.candles_1d AS candles
LEFT JOIN volatility
  ON volatility.market = candles.market
  AND volatility.symbol = candles.symbol
  AND volatility.window_start = candles.window_start
LEFT JOIN liquidity
  ON liquidity.market = candles.market
  AND liquidity.symbol = candles.symbol
  AND liquidity.window_start = candles.window_start
WHERE candles.window_start >= ${start} AND candles.window_start < ${end} AND candles.${symbols}
