-- sql/flows/repair/newest.sql
-- The id of a symbol's newest trade, whoever brought it, among those since an instant.
SELECT max_by(trade_id, ROW(event_time, trade_id)) AS trade_id
FROM lake.${bronze}.trades
WHERE market = ${market} AND symbol = ${symbol} AND event_time >= ${since}
