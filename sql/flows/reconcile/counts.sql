-- sql/flows/reconcile/counts.sql
-- One row per symbol: the counts over pairs of windows, with the first five faults in words.
SELECT
  market,
  symbol,
  CAST(to_unixtime(max(until)) * 1000 AS BIGINT) AS to_time_ms,
  count(is_made) AS expected_rows,
  count(is_kept) AS found_rows,
  count_if(is_kept IS NULL) AS missing_rows,
  count_if(is_made IS NULL) AS surplus_rows,
  count_if(differing <> '') AS wrong_rows,
  coalesce(array_join(min_by(note, window_start, 5) FILTER (WHERE note <> ''), '; '), '') AS detail
FROM (
  SELECT
    *,
    CASE
      WHEN is_kept IS NULL THEN format('%s missing', to_iso8601(window_start))
      WHEN is_made IS NULL THEN format('%s surplus', to_iso8601(window_start))
      WHEN differing <> '' THEN format('%s differs in %s', to_iso8601(window_start), differing)
    END AS note
  FROM pairs
  WHERE window_start < until
)
GROUP BY market, symbol
ORDER BY market, symbol
