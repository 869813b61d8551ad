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
${reached},
pairs AS (
${pairs}
)
${counts}
