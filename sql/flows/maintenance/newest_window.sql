-- Start of the newest window of a table that the lake has; null for an empty one.
SELECT max(window_start) AS newest
FROM lake.${silver}.${table}
