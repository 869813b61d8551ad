-- A day of one symbol's seconds, every row to the client.
SELECT window_start, "open", high, low, "close", vwap, volume_quote, trade_count, completeness
FROM lake.${silver}.candles_1s
WHERE symbol = '${symbol}' AND window_start >= ${start} AND window_start < ${end}
