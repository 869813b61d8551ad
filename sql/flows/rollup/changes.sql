-- sql/flows/rollup/changes.sql
-- What rolling up a range would do to a table of gold: nothing when every count is 0.
WITH changed AS (
  SELECT
    kept.market IS NULL AS is_new,
    made.market IS NULL AS is_withdrawn,
    ${value_differs} AS differs
${compared}
  WHERE made.market IS NULL
    OR (made.is_ready AND (kept.market IS NULL OR ${source_differs}))
)
SELECT
  count(*) AS looked_at,
  count_if(is_new) AS inserted,
  count_if(NOT is_new AND NOT is_withdrawn AND differs) AS corrected,
  count_if(is_withdrawn) AS withdrawn
FROM changed
