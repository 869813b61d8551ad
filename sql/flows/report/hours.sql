-- sql/flows/report/hours.sql
-- A symbol's day hour by hour, all 24 of them; an hour that is not rolled up has nulls.
WITH candles AS (
  SELECT *
  FROM lake.${gold}.candles_1h
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
),
books AS (
  SELECT *
  FROM lake.${gold}.liquidity_1h
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
),
volatility AS (
  SELECT *
  FROM lake.${gold}.volatility_1h
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
),
minutes AS (
  SELECT
    date_trunc('hour', window_start) AS window_start,
    count(*) AS minutes,
    count_if(revision > 0) AS revised_minutes
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} AND window_start < ${end}
    AND market = '${market}' AND symbol = '${symbol}'
  GROUP BY date_trunc('hour', window_start)
),
hours AS (
  SELECT hour, date_add('hour', hour, ${start}) AS window_start
  FROM UNNEST(sequence(0, 23)) AS numbers (hour)
),
repairs AS (
  SELECT hours.window_start AS window_start, count(*) AS repairs
  FROM hours
  JOIN lake.${ops}.repairs AS repair
    ON repair.from_time_ms < to_unixtime(hours.window_start) * 1000 + 3600000
    AND repair.to_time_ms >= to_unixtime(hours.window_start) * 1000
    AND repair.market = '${market}' AND repair.symbol = '${symbol}'
  GROUP BY hours.window_start
)
SELECT
  hours.hour AS hour,
  candles."open" AS "open",
  candles.high AS high,
  candles.low AS low,
  candles."close" AS "close",
  candles.vwap AS vwap,
  candles.volume_base AS volume_base,
  candles.volume_quote AS volume_quote,
  candles.trade_count AS trade_count,
  candles.trade_imbalance AS trade_imbalance,
  books.spread_bps_mean AS spread_bps_mean,
  books.obi_5_mean AS obi_5_mean,
  volatility.realised_volatility AS realised_volatility,
  candles.expected_trades AS expected_trades,
  candles.missing_trades AS missing_trades,
  candles.backfilled_trades AS backfilled_trades,
  candles.late_trades AS late_trades,
  books.synced_ms AS synced_ms,
  books.resyncs AS resyncs,
  coalesce(minutes.minutes, 0) AS minutes,
  coalesce(minutes.revised_minutes, 0) AS revised_minutes,
  coalesce(repairs.repairs, 0) AS repairs
FROM hours
LEFT JOIN candles ON candles.window_start = hours.window_start
LEFT JOIN books ON books.window_start = hours.window_start
LEFT JOIN volatility ON volatility.window_start = hours.window_start
LEFT JOIN minutes ON minutes.window_start = hours.window_start
LEFT JOIN repairs ON repairs.window_start = hours.window_start
ORDER BY hours.hour
