-- A market's books have a topic of their own; in the lake they are one table.
INSERT INTO lake.${bronze}.book_tops
SELECT
  market,
  symbol,
  kind,
  book_sequence,
  last_update_id,
  quote_time_ms,
  bid_price,
  bid_size,
  bid_size_sum_5,
  bid_size_sum_20,
  bid_depth_quote_10_bps,
  bid_depth_quote_25_bps,
  bid_depth_quote_50_bps,
  ask_price,
  ask_size,
  ask_size_sum_5,
  ask_size_sum_20,
  ask_depth_quote_10_bps,
  ask_depth_quote_25_bps,
  ask_depth_quote_50_bps,
  reason,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  source,
  schema_version
FROM (
  SELECT * FROM book_tops_binance_spot
  UNION ALL
  SELECT * FROM book_tops_binance_usdm
)
WHERE kind <> 'heartbeat'
