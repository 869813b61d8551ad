-- sql/flows/reconcile/klines.sql
-- The minutes to compare with the exchange's own candles, and the span in which a symbol has any:
-- before its first window nobody listened, and beyond its last one the lake has not come yet.
-- A symbol without a minute in the span has one row of nulls.
WITH known AS (
  SELECT
    market,
    symbol,
    greatest(${start}, min(window_start)) AS since,
    least(${end}, max(window_end)) AS until
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} - INTERVAL '1' DAY
    AND window_start < ${end} + INTERVAL '1' DAY
    AND ${symbols}
  GROUP BY market, symbol
)
SELECT
  known.market AS market,
  known.symbol AS symbol,
  CAST(to_unixtime(known.since) * 1000 AS BIGINT) AS from_time_ms,
  CAST(to_unixtime(known.until) * 1000 AS BIGINT) AS to_time_ms,
  CAST(to_unixtime(kept.window_start) * 1000 AS BIGINT) AS open_time_ms,
  kept."open" AS "open",
  kept.high AS high,
  kept.low AS low,
  kept."close" AS "close",
  kept.volume_base AS volume_base,
  kept.volume_quote AS volume_quote,
  kept.taker_buy_volume_base AS taker_buy_volume_base,
  kept.taker_buy_volume_quote AS taker_buy_volume_quote,
  kept.trade_count AS trade_count,
  kept.missing_trades AS missing_trades
FROM known
LEFT JOIN lake.${silver}.candles_1m AS kept
  ON kept.market = known.market
  AND kept.symbol = known.symbol
  AND kept.window_start >= known.since
  AND kept.window_start < known.until
  AND kept.window_start >= ${start}
  AND kept.window_start < ${end}
WHERE known.since < known.until
ORDER BY known.market, known.symbol, kept.window_start, kept.computed_at_ms
