SELECT
  market,
  symbol,
  previous_id AS trade_id,
  missing AS missing_before,
  event_time_ms AS gap_end_time_ms,
  previous_time_ms AS event_time_ms,
  receive_time_ms,
  schema_version
FROM gaps
WHERE previous_time_ms >= from_time_ms AND previous_time_ms < to_time_ms
UNION ALL
SELECT
  market,
  symbol,
  CAST(NULL AS BIGINT),
  missing,
  event_time_ms,
  first_ms + (number - 1) * step_ms,
  receive_time_ms,
  schema_version
FROM gaps
CROSS JOIN UNNEST(SPLIT(REPEAT(',', CAST(marks AS INT)), ',')) WITH ORDINALITY AS mark (nothing, number)
WHERE number <= marks
