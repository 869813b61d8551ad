-- sql/flows/quality/red.sql
-- What the newest suites of a day hold against the rows that gold is made from. A document
-- in MongoDB does not prevent a rollup.
SELECT market, symbol, table_name, check_name, wrong_rows
FROM (
  SELECT *, max(checked_at) OVER (PARTITION BY table_name) AS newest
  FROM lake.${ops}.quality_results
  WHERE checked_at >= ${start}
    AND from_time_ms = CAST(to_unixtime(${start}) * 1000 AS BIGINT)
    AND (table_name LIKE 'bronze.%' OR table_name LIKE 'silver.%')
)
WHERE checked_at = newest AND NOT is_green
ORDER BY market, symbol, table_name, check_name
