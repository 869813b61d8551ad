-- Trades and gap markers, in the columns that both the windows and the late records need. Heartbeats
-- have done their work once the watermark has passed them.
SELECT
  market,
  symbol,
  kind = 'trade' AS is_trade,
  trade_id,
  price,
  quantity,
  taker_side = 'buy' AS is_buy,
  missing_before,
  gap_end_time_ms,
  event_time_ms,
  receive_time_ms,
  source = 'backfill' AS is_backfill,
  event_time
FROM trades
WHERE kind IN ('trade', 'gap', 'unknown')
