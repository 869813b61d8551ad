-- The same day through the view that joins lake and MongoDB.
SELECT window_start, "open", high, low, "close", vwap, volume_quote, trade_count, completeness
FROM lake.${views}.candles_1s
WHERE symbol = '${symbol}' AND window_start >= ${start} AND window_start < ${end}
