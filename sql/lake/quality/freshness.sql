-- sql/lake/quality/freshness.sql
-- Each symbol that has windows in the range, with how far its newest one is behind its market's.
SELECT
  market,
  symbol,
  date_diff('second', newest, max(newest) OVER (PARTITION BY market)) AS behind_s,
  to_iso8601(newest) AS newest
FROM (
  SELECT market, symbol, max(window_end) AS newest
  FROM lake.${silver}.${table}
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
  GROUP BY market, symbol
)
ORDER BY market, symbol
