-- One marker in each second of the spans of which nobody knows whether they are complete.
SELECT
  market,
  symbol,
  first_ms + (number - 1) * 1000 AS event_time_ms
FROM (
  SELECT
    *,
    (end_ms - first_ms + 999) / 1000 AS marks
  FROM (
    SELECT
      market,
      symbol,
      end_ms,
      GREATEST(start_ms - MOD(start_ms, 1000), from_time_ms) AS first_ms
    FROM unknown_spans
  )
  WHERE first_ms < end_ms
)
CROSS JOIN UNNEST(SPLIT(REPEAT(',', CAST(marks AS INT)), ',')) WITH ORDINALITY AS mark (nothing, number)
WHERE number <= marks
