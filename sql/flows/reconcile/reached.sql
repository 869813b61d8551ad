kept AS (
  -- sql/flows/reconcile/reached.sql
  -- The windows that are there, and how far they and what they are made from have come.
  SELECT
    *,
    row_number() OVER (PARTITION BY market, symbol, window_start ORDER BY computed_at_ms) AS copy,
    TRUE AS is_kept
  FROM lake.${silver}.${table}
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
),
passed AS (
  SELECT market, symbol, least(${end}, min(until)) AS until
  FROM (
    SELECT market, symbol, date_trunc('minute', max(${source_end})) AS until
    FROM ${source}
    WHERE ${source_start} >= ${start}
      AND ${source_start} < ${end} + INTERVAL '1' DAY
      AND ${symbols}
    GROUP BY market, symbol
    UNION ALL
    SELECT market, symbol, max(window_end) AS until
    FROM lake.${silver}.${table}
    WHERE window_start >= ${start} AND window_start < ${end} + INTERVAL '1' DAY AND ${symbols}
    GROUP BY market, symbol
  )
  GROUP BY market, symbol
  HAVING count(*) = 2
)
