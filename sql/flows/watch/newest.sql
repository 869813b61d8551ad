-- sql/flows/watch/newest.sql
-- The end of each symbol's newest window in which something is known, epoch milliseconds.
SELECT
  market,
  symbol,
  CAST(to_unixtime(max(window_end)) * 1000 AS BIGINT) AS end_ms
FROM lake.${silver}.${table}
WHERE window_start >= ${start} AND ${known} AND ${symbols}
GROUP BY market, symbol
ORDER BY market, symbol
