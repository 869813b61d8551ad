-- sql/flows/correction/merge.sql
-- Replace the windows that are kept with recomputed ones, where a value differs.
MERGE INTO lake.${silver}.${table} AS kept
USING (
  SELECT *
  FROM (
${pairs}
  )
  WHERE action IN ('corrected', 'inserted', 'withdrawn')
) AS made
ON kept.market = made.market
  AND kept.symbol = made.symbol
  AND kept.window_start = made.window_start
  AND kept.window_start >= ${start}
  AND kept.window_start < ${end}
WHEN MATCHED AND made.action = 'withdrawn'
  THEN DELETE
WHEN MATCHED
  THEN UPDATE SET
    ${set_values},
    revision = kept.revision + 1,
    computed_at_ms = ${computed_at_ms}
WHEN NOT MATCHED AND made.action = 'inserted'
  THEN INSERT (market, symbol, window_start, ${columns}, revision, computed_at_ms)
  VALUES (made.market, made.symbol, made.window_start, ${inserted_columns}, 0, ${computed_at_ms})
