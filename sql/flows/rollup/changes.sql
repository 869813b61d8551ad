-- sql/flows/rollup/changes.sql
-- What rolling up a range would do to a table of gold: nothing when every count is 0.
WITH changed AS (
  SELECT
    kept.market IS NULL AS is_new,
    made.market IS NULL AS is_withdrawn,
    ${value_differs} AS differs
  FROM (
    SELECT * FROM (
${query}
    )
    WHERE ${publishable}
  ) AS made
  FULL JOIN (
    SELECT *
    FROM lake.${gold}.${table}
    WHERE window_start >= ${start} AND window_start < ${end} AND ${chosen} AND ${publishable}
  ) AS kept
    ON ${same_key}
  WHERE made.market IS NULL
    OR (made.is_ready AND (kept.market IS NULL OR ${source_differs}))
)
SELECT
  count(*) AS looked_at,
  count_if(is_new) AS inserted,
  count_if(NOT is_new AND NOT is_withdrawn AND differs) AS corrected,
  count_if(is_withdrawn) AS withdrawn
FROM changed
