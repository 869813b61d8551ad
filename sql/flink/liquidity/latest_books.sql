INSERT INTO latest_books_live
SELECT
  market || '|' || symbol,
  market,
  symbol,
  last_update_id,
  bid_prices,
  bid_sizes,
  ask_prices,
  ask_sizes,
  quote_time_ms,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  UNIX_TIMESTAMP() * 1000
FROM book_snapshots
