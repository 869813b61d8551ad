-- Exact sums of one second. `missing_inside` adds up over windows; a gap that ends in a later
-- window is counted where it begins by `missing_after_1s`, and once per minute by
-- `missing_after_1m` (its first marker has the id of the last trade before the gap, later ones
-- begin a second).
SELECT
  market,
  symbol,
  window_start,
  window_end,
  window_time,
  COUNT(*) FILTER (WHERE is_trade) AS trade_count,
  FIRST_BY(price, event_time_ms, trade_id) AS `open`,
  MAX(price) AS high,
  MIN(price) AS low,
  LAST_BY(price, event_time_ms, trade_id) AS `close`,
  SUM_EXACT(quantity) AS volume_base,
  SUM_PRODUCT(price, quantity) AS volume_quote,
  SUM_EXACT(quantity) FILTER (WHERE is_buy) AS buy_base,
  SUM_PRODUCT(price, quantity) FILTER (WHERE is_buy) AS buy_quote,
  MIN(trade_id) FILTER (WHERE is_trade) AS first_trade_id,
  MAX(trade_id) FILTER (WHERE is_trade) AS last_trade_id,
  MIN(event_time_ms) FILTER (WHERE is_trade) AS first_time_ms,
  MAX(event_time_ms) FILTER (WHERE is_trade) AS last_time_ms,
  COUNT(missing_before) FILTER (WHERE is_trade) AS known_count,
  COUNT(*) FILTER (WHERE is_unknown) AS unknown_count,
  SUM(missing_before) FILTER (WHERE is_trade) AS missing_inside,
  SUM(missing_before) FILTER (WHERE NOT is_trade) AS missing_after_1s,
  SUM(missing_before) FILTER (
    WHERE NOT is_trade
      AND (trade_id IS NOT NULL OR MOD(event_time_ms, 60000) = 0)
      AND gap_end_time_ms - MOD(gap_end_time_ms, 60000) > event_time_ms
  ) AS missing_after_1m,
  COUNT(*) FILTER (WHERE is_backfill) AS backfilled_trades
FROM TABLE(TUMBLE(TABLE ${trades}, DESCRIPTOR(event_time), INTERVAL '1' SECOND))
GROUP BY market, symbol, window_start, window_end, window_time
