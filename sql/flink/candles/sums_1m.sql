-- A minute is the sum of its seconds, so the two can never disagree.
SELECT
  market,
  symbol,
  window_start,
  window_end,
  SUM(trade_count) AS trade_count,
  FIRST_BY(`open`, first_time_ms, first_trade_id) AS `open`,
  MAX(high) AS high,
  MIN(low) AS low,
  LAST_BY(`close`, last_time_ms, last_trade_id) AS `close`,
  SUM(volume_base) AS volume_base,
  SUM(volume_quote) AS volume_quote,
  SUM(buy_base) AS buy_base,
  SUM(buy_quote) AS buy_quote,
  MIN(first_trade_id) AS first_trade_id,
  MAX(last_trade_id) AS last_trade_id,
  SUM(known_count) AS known_count,
  SUM(unknown_count) AS unknown_count,
  SUM(missing_inside) AS missing_inside,
  SUM(missing_after_1m) AS missing_after,
  SUM(backfilled_trades) AS backfilled_trades
FROM TABLE(TUMBLE(TABLE ${seconds}, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY market, symbol, window_start, window_end
