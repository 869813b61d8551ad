-- sql/lake/gold/changes.sql
-- What rolling up a range would do to a table of gold: nothing when every count is 0.
WITH made AS (
  SELECT * FROM (
${query}
  )
  WHERE ${publishable}
),
changed AS (
  SELECT
    kept.revision IS NULL AS is_new,
    ${value_differs} AS differs
  FROM made
  LEFT JOIN (
    SELECT * FROM lake.${gold}.${table} WHERE window_start >= ${start} AND window_start < ${end}
  ) AS kept
    ON ${same_key}
  WHERE kept.revision IS NULL OR ${source_differs}
)
SELECT
  count(*) AS looked_at,
  count_if(is_new) AS inserted,
  count_if(NOT is_new AND differs) AS corrected
FROM changed
