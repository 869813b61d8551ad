INSERT INTO lake.${bronze}.depth_diffs
SELECT
  market,
  symbol,
  first_update_id,
  last_update_id,
  previous_update_id,
  bid_prices,
  bid_sizes,
  ask_prices,
  ask_sizes,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  source,
  schema_version
FROM depth_diffs
