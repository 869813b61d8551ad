-- sql/flows/repair/open_windows.sql
-- Windows of trades that are neither whole nor marked permanently, and what deals with them: in time
-- there are none.
SELECT
  candle.market,
  candle.symbol,
  candle.window_start,
  candle.window_end,
  candle.missing_trades,
  array_join(array_agg(DISTINCT repair.state || ' ' || repair.reason), ', ') AS repairs
FROM (
  SELECT market, symbol, window_start, window_end, missing_trades
  FROM lake.${silver}.candles_1s
  WHERE NOT is_final AND ${symbols}
  UNION ALL
  SELECT market, symbol, window_start, window_end, missing_trades
  FROM lake.${silver}.candles_1m
  WHERE NOT is_final AND ${symbols}
) AS candle
LEFT JOIN lake.${ops}.repairs AS repair
  ON repair.market = candle.market
  AND repair.symbol = candle.symbol
  AND repair.from_time_ms < to_unixtime(candle.window_end) * 1000
  AND repair.to_time_ms >= to_unixtime(candle.window_start) * 1000
GROUP BY 1, 2, 3, 4, 5
HAVING count_if(repair.state = 'unrepairable') = 0
ORDER BY 1, 2, 3, 4
