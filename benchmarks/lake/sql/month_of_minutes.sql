-- All symbols over all days of minutes: one row a symbol and day.
SELECT
  symbol,
  date_trunc('day', window_start) AS day,
  count(*) AS minutes,
  max(high) AS high,
  min(low) AS low,
  sum(volume_quote) AS volume_quote,
  sum(trade_count) AS trade_count
FROM lake.${silver}.candles_1m
GROUP BY symbol, date_trunc('day', window_start)
