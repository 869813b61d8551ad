-- sql/lake/gold/merge.sql
-- Roll up a range of a table of gold. A row whose sources are those that it was made from stays as it
-- is; one whose value is the same only remembers its new sources.
MERGE INTO lake.${gold}.${table} AS kept
USING (
  SELECT * FROM (
${query}
  )
  WHERE ${publishable}
) AS made
ON ${same_key} AND kept.window_start >= ${start} AND kept.window_start < ${end}
WHEN MATCHED AND (${source_differs}) AND (${value_differs})
  THEN UPDATE SET
    ${set_values},
    revision = kept.revision + 1,
    computed_at_ms = ${computed_at_ms}
WHEN MATCHED AND (${source_differs})
  THEN UPDATE SET
    ${set_sources}
WHEN NOT MATCHED
  THEN INSERT (${columns}, revision, computed_at_ms)
  VALUES (${made_columns}, 0, ${computed_at_ms})
