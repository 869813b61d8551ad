-- sql/flows/repair/streamed.sql
-- The newest trade of a symbol that came by the stream and not by a flow, among those since an
-- instant. The stream brings a symbol's trades in order, so it is past everything before that one.
SELECT
  max_by(trade_id, ROW(event_time, trade_id)) AS trade_id,
  CAST(to_unixtime(max(event_time)) * 1000 AS BIGINT) AS event_time_ms
FROM lake.${bronze}.trades
WHERE market = ${market}
  AND symbol = ${symbol}
  AND source = 'live'
  AND event_time >= ${since}
