-- `lacking_count` counts what shows that ids are missing, or that nobody knows.
SELECT
  market,
  symbol,
  window_start,
  window_end,
  window_time,
  TRADE_PRICES(event_time_ms, price) FILTER (WHERE kind = 'trade') AS trades,
  COUNT(*) FILTER (WHERE kind = 'trade') AS trade_count,
  COUNT(*) FILTER (WHERE COALESCE(missing_before, 1) > 0) AS lacking_count
FROM TABLE(TUMBLE(TABLE ${trades}, DESCRIPTOR(event_time), INTERVAL '1' SECOND))
GROUP BY market, symbol, window_start, window_end, window_time
