-- What a market's books were, in the columns that windows and documents need. Heartbeats have done
-- their work once the watermark has passed them.
SELECT
  market,
  symbol,
  kind = 'top' AS is_known,
  COALESCE(reason, '') <> '' AS is_lost,
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
  late_after_ms,
  event_time_ms,
  receive_time_ms,
  event_time
FROM ${source}
WHERE kind IN ('top', 'unsynced')
