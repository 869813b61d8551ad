-- sql/flows/rollup/bounds.sql
-- The first and the last day with minutes, or with rows made from some; nulls without any.
SELECT CAST(min(window_start) AS DATE) AS first_day, CAST(max(window_start) AS DATE) AS last_day
FROM (
  SELECT window_start FROM lake.${silver}.candles_1m WHERE ${symbols}
  UNION ALL
  SELECT window_start FROM lake.${silver}.liquidity_1m WHERE ${symbols}
  UNION ALL
  SELECT window_start FROM lake.${gold}.candles_1d WHERE ${symbols}
  UNION ALL
  SELECT window_start FROM lake.${gold}.liquidity_1d WHERE ${symbols}
)
