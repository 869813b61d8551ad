-- sql/flows/report/minutes.sql
-- A symbol's day minute by minute; a minute with neither trades nor a book has no row.
WITH candles AS (
  SELECT *
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
),
books AS (
  SELECT *
  FROM lake.${silver}.liquidity_1m
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
)
SELECT
  date_diff('minute', ${start}, coalesce(candles.window_start, books.window_start)) AS minute,
  candles.window_start IS NOT NULL AS has_candle,
  candles.high AS high,
  candles.low AS low,
  candles."close" AS "close",
  candles.taker_buy_volume_quote AS taker_buy_volume_quote,
  candles.taker_sell_volume_quote AS taker_sell_volume_quote,
  candles.completeness AS completeness,
  books.spread_bps_mean AS spread_bps_mean,
  books.synced_ms AS synced_ms
FROM candles
FULL OUTER JOIN books ON books.window_start = candles.window_start
ORDER BY minute
