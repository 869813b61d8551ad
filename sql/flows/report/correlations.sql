-- sql/flows/report/correlations.sql
-- A symbol's correlations with each other symbol, by the minute of the day at which a window ends.
SELECT
  date_diff('minute', ${start}, window_end) AS minute,
  if(symbol = '${symbol}', other_symbol, symbol) AS other_symbol,
  correlation
FROM lake.${gold}.correlations
WHERE window_start >= ${start} AND window_end <= ${end}
  AND market = '${market}' AND '${symbol}' IN (symbol, other_symbol)
ORDER BY other_symbol, minute
