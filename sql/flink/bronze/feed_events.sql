INSERT INTO lake.${ops}.feed_events
SELECT
  market,
  symbol,
  connector,
  task,
  `stream`,
  event,
  detail,
  from_id,
  to_id,
  from_time_ms,
  to_time_ms,
  event_time_ms,
  TO_TIMESTAMP_LTZ(receive_time_ms, 3)
FROM feed_events
