-- Gaps that are left and end in a later second than they begin in. They are marked as
-- market/trades/gap_markers.py says: `first_ms` is the first mark after the trade before the gap that lies in
-- the range, `marks` counts those from there on.
SELECT
  *,
  (LEAST(end_second_ms, to_time_ms) - first_ms + step_ms - 1) / step_ms AS marks
FROM (
  SELECT
    *,
    GREATEST(
      previous_time_ms - MOD(previous_time_ms, step_ms) + step_ms,
      from_time_ms
    ) AS first_ms
  FROM (
    SELECT
      *,
      trade_id - previous_id - 1 AS missing,
      event_time_ms - MOD(event_time_ms, 1000) AS end_second_ms,
      CASE
        WHEN event_time_ms - previous_time_ms > 3600000 THEN CAST(60000 AS BIGINT)
        ELSE CAST(1000 AS BIGINT)
      END AS step_ms
    FROM numbered_trades
    WHERE trade_id - previous_id > 1
  )
  WHERE previous_time_ms < end_second_ms
)
