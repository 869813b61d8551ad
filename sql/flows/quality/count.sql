-- sql/flows/quality/count.sql
-- How many rows a suite looks at.
SELECT count(*) AS found_rows
FROM lake.${ops}.${view}
