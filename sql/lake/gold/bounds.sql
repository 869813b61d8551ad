-- sql/lake/gold/bounds.sql
-- The first and the last day that silver has minutes of; nulls when it has none.
SELECT CAST(min(window_start) AS DATE) AS first_day, CAST(max(window_start) AS DATE) AS last_day
FROM (
  SELECT window_start FROM lake.${silver}.candles_1m WHERE ${symbols}
  UNION ALL
  SELECT window_start FROM lake.${silver}.liquidity_1m WHERE ${symbols}
)
