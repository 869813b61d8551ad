-- sql/flows/quality/count.sql
-- How many rows a suite checks.
SELECT count(*) AS found_rows
FROM lake.${ops}.${view}
