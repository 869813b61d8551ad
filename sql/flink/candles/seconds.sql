-- sums_1s without its own window bounds, so that minutes can be windowed over it.
SELECT
  market,
  symbol,
  window_time AS event_time,
  trade_count,
  `open`,
  high,
  low,
  `close`,
  volume_base,
  volume_quote,
  buy_base,
  buy_quote,
  first_trade_id,
  last_trade_id,
  first_time_ms,
  last_time_ms,
  known_count,
  unknown_count,
  missing_inside,
  missing_after_1m,
  backfilled_trades
FROM ${sums}
