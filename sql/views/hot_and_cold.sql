-- Hot and cold as one: the lake up to its last committed window of each symbol, MongoDB after it.
-- Windows of a symbol are committed in order, so that seam shows every window once.
CREATE OR REPLACE VIEW lake.${views}.${table} AS
SELECT
  ${columns},
  'lake' AS store
FROM lake.${silver}.${table}
UNION ALL
SELECT
  ${hot_columns},
  'live' AS store
FROM live.${database}.${table} AS hot
LEFT JOIN (
  SELECT market, symbol, max(window_start) AS seam
  FROM lake.${silver}.${table}
  GROUP BY market, symbol
) AS cold
  ON cold.market = hot.market AND cold.symbol = hot.symbol
WHERE cold.seam IS NULL OR hot.window_start > cold.seam
