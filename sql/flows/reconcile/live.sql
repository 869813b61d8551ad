-- sql/flows/reconcile/live.sql
-- MongoDB's windows against the lake's. MongoDB drops old windows, so what it lacks is no fault;
-- what it holds up to the lake's newest window must be in the lake with the same values.
WITH made AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY market, symbol, window_start ORDER BY computed_at_ms) AS copy,
    TRUE AS is_made
  FROM lake.${silver}.${table}
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
),
kept AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY market, symbol, window_start ORDER BY _id) AS copy,
    TRUE AS is_kept
  FROM live.${database}.${table}
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
),
passed AS (
  SELECT market, symbol, least(${end}, max(window_end)) AS until
  FROM lake.${silver}.${table}
  WHERE window_start >= ${start} AND window_start < ${end} + INTERVAL '1' DAY AND ${symbols}
  GROUP BY market, symbol
),
pairs AS (
${pairs}
  WHERE is_kept
)
${counts}
