SELECT
  market,
  symbol,
  kind,
  trade_id,
  price,
  missing_before,
  late_after_ms,
  event_time_ms,
  receive_time_ms,
  event_time
FROM ${trades}
WHERE kind IN ('trade', 'gap', 'unknown')
