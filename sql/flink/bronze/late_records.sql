INSERT INTO lake.${ops}.late_records
SELECT
  market,
  symbol,
  topic,
  job,
  trade_id,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  watermark_ms,
  TO_TIMESTAMP_LTZ(receive_time_ms, 3)
FROM late_records
