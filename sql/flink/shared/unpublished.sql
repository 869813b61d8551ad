-- The windows that no earlier graph of this job has published: an upgraded job reads records again
-- from before its open windows, and rebuilds windows that stand in every store already. The end of
-- the last published window is below 0 unless the job was upgraded; the filter is always here,
-- because a graph must keep its form from one savepoint to the next. It asks for `computed_at_ms`,
-- which is always there, so that the planner does not move it below the windows.
SELECT *
FROM (
${windows}
)
WHERE window_end > TO_TIMESTAMP_LTZ(
  CASE
    WHEN computed_at_ms < 0 THEN computed_at_ms
${published}
    ELSE CAST(0 AS BIGINT)
  END,
  3
)
