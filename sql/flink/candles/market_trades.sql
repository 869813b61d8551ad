-- Trades and the markers of gaps and unknown seconds, in the columns that both the windows and the
-- late records need. Heartbeats have done their work once the watermark has passed them.
SELECT
  market,
  symbol,
  kind = 'trade' AS is_trade,
  kind = 'unknown' AS is_unknown,
  trade_id,
  price,
  quantity,
  taker_side = 'buy' AS is_buy,
  missing_before,
  gap_end_time_ms,
  late_after_ms,
  event_time_ms,
  receive_time_ms,
  source = 'backfill' AS is_backfill,
  event_time
FROM ${trades}
WHERE kind IN ('trade', 'gap', 'unknown')
