-- sql/flows/correction/live.sql
-- Where MongoDB's windows of the ranges differ from the lake's: the row that its document must become,
-- or the key alone of a document that must go. MongoDB drops old windows, so what it lacks counts only
-- if it is not older than the oldest that it holds of a symbol. What the lake has not reached yet stays.
WITH kept AS (
  SELECT silver.*, TRUE AS is_kept
  FROM lake.${silver}.${table} AS silver
  JOIN (
    VALUES
    ${ranges}
  ) AS touched (market, symbol, from_time, to_time)
    ON silver.market = touched.market
    AND silver.symbol = touched.symbol
    AND silver.window_start >= touched.from_time
    AND silver.window_start < touched.to_time
  WHERE silver.window_start >= ${start} AND silver.window_start < ${end}
),
held AS (
  SELECT hot.*, TRUE AS is_held
  FROM live.${database}.${table} AS hot
  JOIN (
    VALUES
    ${ranges}
  ) AS touched (market, symbol, from_time, to_time)
    ON hot.market = touched.market
    AND hot.symbol = touched.symbol
    AND hot.window_start >= touched.from_time
    AND hot.window_start < touched.to_time
  WHERE hot.window_start >= ${start} AND hot.window_start < ${end}
),
oldest AS (
  SELECT market, symbol, min(window_start) AS since
  FROM live.${database}.${table}
  WHERE symbol IN (${symbols})
  GROUP BY market, symbol
),
passed (market, until) AS (
  VALUES
  ${passed}
)
SELECT
  kept.is_kept IS NULL AS is_withdrawn,
  coalesce(kept.market, held.market) AS market,
  coalesce(kept.symbol, held.symbol) AS symbol,
  coalesce(kept.window_start, held.window_start) AS window_start,
  ${kept_columns}
FROM kept
FULL JOIN held
  ON kept.market = held.market
  AND kept.symbol = held.symbol
  AND kept.window_start = held.window_start
LEFT JOIN oldest
  ON oldest.market = kept.market AND oldest.symbol = kept.symbol
LEFT JOIN passed
  ON passed.market = held.market
WHERE (is_kept AND is_held AND (${value_differs}))
  OR (is_kept AND is_held IS NULL AND kept.window_start >= oldest.since)
  OR (is_kept IS NULL AND held.window_end <= passed.until AND ${is_gap_only})
