INSERT INTO lake.${ops}.dead_letters
SELECT
  market,
  symbol,
  connector,
  task,
  `stream`,
  reason,
  detail,
  payload,
  TO_TIMESTAMP_LTZ(receive_time_ms, 3)
FROM dead_letters
