-- sql/flows/reconcile/liquidity.sql
-- Minutes of books against their seconds: known time, changes and losses add up.
WITH made AS (
  SELECT
    market,
    symbol,
    date_trunc('minute', window_start) AS window_start,
    BIGINT '1' AS copy,
    TRUE AS is_made,
    sum(synced_ms) AS synced_ms,
    sum(update_count) AS update_count,
    sum(resyncs) AS resyncs
  FROM lake.${silver}.liquidity_1s
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
  GROUP BY market, symbol, date_trunc('minute', window_start)
),
kept AS (
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
    SELECT market, symbol, date_trunc('minute', max(window_end)) AS until
    FROM lake.${silver}.liquidity_1s
    WHERE window_start >= ${start} AND window_start < ${end} + INTERVAL '1' DAY AND ${symbols}
    GROUP BY market, symbol
    UNION ALL
    SELECT market, symbol, max(window_end) AS until
    FROM lake.${silver}.${table}
    WHERE window_start >= ${start} AND window_start < ${end} + INTERVAL '1' DAY AND ${symbols}
    GROUP BY market, symbol
  )
  GROUP BY market, symbol
  HAVING count(*) = 2
),
pairs AS (
${pairs}
)
${counts}
