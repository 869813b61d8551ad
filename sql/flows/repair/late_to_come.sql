-- sql/flows/repair/late_to_come.sql
-- How many late records of a gap are not in bronze yet: its job may be behind the one that reported
-- them late, and windows recomputed without them would stay as they are. Bronze keeps no markers.
SELECT count(*) AS missing
FROM (
  SELECT DISTINCT event_time, ${key} AS key
  FROM lake.${ops}.late_records
  WHERE market = ${market}
    AND symbol = ${symbol}
    AND event_time BETWEEN ${from} AND ${to}
    AND starts_with(topic, ${topic})
    AND ${in_bronze}
) AS late
LEFT JOIN (
  SELECT DISTINCT event_time, ${key} AS key
  FROM lake.${bronze}.${table}
  WHERE market = ${market}
    AND symbol = ${symbol}
    AND event_time BETWEEN ${from} AND ${to}
) AS there
  ON there.event_time = late.event_time
  AND there.key IS NOT DISTINCT FROM late.key
WHERE there.event_time IS NULL
