INSERT INTO lake.${bronze}.book_snapshots
SELECT
  market,
  symbol,
  last_update_id,
  quote_time_ms,
  bid_prices,
  bid_sizes,
  ask_prices,
  ask_sizes,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  source,
  schema_version
FROM book_snapshots
