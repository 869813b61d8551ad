-- sql/flows/repair/still_unknown.sql
-- The ranges with a window that is not known to be complete.
SELECT DISTINCT
  touched.market,
  touched.symbol,
  CAST(to_unixtime(touched.from_time) * 1000 AS BIGINT) AS from_time_ms,
  CAST(to_unixtime(touched.to_time) * 1000 AS BIGINT) AS to_time_ms
FROM (
  VALUES
  ${ranges}
) AS touched (market, symbol, from_time, to_time)
JOIN (
  SELECT market, symbol, window_start
  FROM lake.${silver}.candles_1s
  WHERE missing_trades IS NULL AND window_start >= ${start} AND window_start < ${end}
  UNION ALL
  SELECT market, symbol, window_start
  FROM lake.${silver}.candles_1m
  WHERE missing_trades IS NULL AND window_start >= ${start} AND window_start < ${end}
) AS unknown
  ON unknown.market = touched.market
  AND unknown.symbol = touched.symbol
  AND unknown.window_start >= touched.from_time
  AND unknown.window_start < touched.to_time
