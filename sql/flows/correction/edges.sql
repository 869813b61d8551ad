-- sql/flows/correction/edges.sql
-- Around each range: the times of the last trade before it and of the first one after it, at most
-- ${reach} away and between two instants; null where there is none.
WITH touched (market, symbol, from_time, to_time) AS (
  VALUES
  ${ranges}
),
trades AS (
  SELECT market, symbol, event_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${earliest} AND event_time < ${latest}
)
SELECT
  touched.market,
  touched.symbol,
  CAST(to_unixtime(touched.from_time) * 1000 AS BIGINT) AS from_time_ms,
  CAST(to_unixtime(touched.to_time) * 1000 AS BIGINT) AS to_time_ms,
  CAST(
    to_unixtime(max(trades.event_time) FILTER (WHERE trades.event_time < touched.from_time)) * 1000
    AS BIGINT
  ) AS read_from_ms,
  CAST(
    to_unixtime(min(trades.event_time) FILTER (WHERE trades.event_time >= touched.to_time)) * 1000
    AS BIGINT
  ) AS read_to_ms
FROM touched
LEFT JOIN trades
  ON trades.market = touched.market
  AND trades.symbol = touched.symbol
  AND trades.event_time >= touched.from_time - ${reach}
  AND trades.event_time < touched.to_time + ${reach}
  AND (trades.event_time < touched.from_time OR trades.event_time >= touched.to_time)
GROUP BY touched.market, touched.symbol, touched.from_time, touched.to_time
