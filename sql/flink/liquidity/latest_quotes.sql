-- The newest by arrival: records of a symbol stay in order in their partition. One sink a market,
-- because the union of two sources would send every record from task to task.
INSERT INTO latest_quotes_live
SELECT
  market || '|' || symbol,
  market,
  symbol,
  is_known,
  last_update_id,
  bid_price,
  bid_size,
  ask_price,
  ask_size,
  SPREAD_BPS(bid_price, ask_price),
  BOOK_IMBALANCE(bid_size, ask_size),
  BOOK_IMBALANCE(bid_size_sum_5, ask_size_sum_5),
  BOOK_IMBALANCE(bid_size_sum_20, ask_size_sum_20),
  MICROPRICE(bid_price, bid_size, ask_price, ask_size),
  quote_time_ms,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  UNIX_TIMESTAMP() * 1000
FROM ${books}
