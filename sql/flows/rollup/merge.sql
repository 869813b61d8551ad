-- sql/flows/rollup/merge.sql
-- Roll up a range of a table of gold. A row whose sources have not changed stays as it is; one whose
-- value is the same only records its new sources; one whose sources were withdrawn goes with them.
MERGE INTO lake.${gold}.${table} AS kept
USING (
  SELECT
    ${either_columns},
    made.market IS NULL AS is_withdrawn
${compared}
  WHERE made.market IS NULL OR made.is_ready
) AS made
ON ${same_key} AND kept.window_start >= ${start} AND kept.window_start < ${end}
WHEN MATCHED AND made.is_withdrawn
  THEN DELETE
WHEN MATCHED AND (${source_differs}) AND (${value_differs})
  THEN UPDATE SET
    ${set_values},
    revision = kept.revision + 1,
    computed_at_ms = ${computed_at_ms}
WHEN MATCHED AND (${source_differs})
  THEN UPDATE SET
    ${set_sources}
WHEN NOT MATCHED AND NOT made.is_withdrawn
  THEN INSERT (${columns}, revision, computed_at_ms)
  VALUES (${made_columns}, 0, ${computed_at_ms})
