-- sql/flows/quality/view.sql
-- The rows of a table that a suite checks, each with the conditions that it must meet. A
-- condition that is null does not apply to the row.
CREATE OR REPLACE VIEW lake.${ops}.${view} AS
SELECT
  *${conditions}
FROM lake.${layer}.${table}
WHERE ${time} >= ${start} AND ${time} < ${end} AND ${symbols}
