-- sql/flows/quality/view.sql
-- The rows of a table that a suite looks at, each with the conditions that it must fulfil. A
-- condition that is null does not concern the row.
CREATE OR REPLACE VIEW lake.${ops}.${view} AS
SELECT
  *${conditions}
FROM lake.${layer}.${table}
WHERE ${time} >= ${start} AND ${time} < ${end} AND ${symbols}
