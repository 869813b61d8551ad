-- Where nobody knows whether trades are missing: before the first trade of a symbol, and after the
-- last one of a sequence of ids, up to the first one of the next sequence or to the end of what was
-- asked for. Only a later trade can prove that none is missing there, or the exchange's word. And where
-- the ids may have restarted, whatever the stored ids say: those that the old and the new sequence share
-- look like one sequence, also once a gap between them has been filled. A market whose books alone are
-- read has no such spans.
SELECT
  market,
  symbol,
  from_time_ms,
  CASE WHEN next_time_ms IS NULL THEN GREATEST(event_time_ms, proven_ms) ELSE event_time_ms END
    AS start_ms,
  CASE WHEN next_time_ms < to_time_ms THEN next_time_ms ELSE to_time_ms END AS end_ms
FROM numbered_trades
WHERE NOT is_followed AND event_time_ms < to_time_ms
UNION ALL
SELECT
  market,
  symbol,
  from_time_ms,
  from_time_ms,
  LEAST(event_time_ms, to_time_ms)
FROM numbered_trades
WHERE is_first AND missing_before IS NULL AND event_time_ms > from_time_ms
UNION ALL
SELECT
  touched.market,
  touched.symbol,
  touched.from_time_ms,
  touched.from_time_ms,
  touched.to_time_ms
FROM touched
LEFT JOIN (
  SELECT DISTINCT market, symbol, from_time_ms
  FROM numbered_trades
) AS traded
  ON touched.market = traded.market
  AND touched.symbol = traded.symbol
  AND touched.from_time_ms = traded.from_time_ms
WHERE traded.market IS NULL
  AND touched.market IN (${trade_markets})
UNION ALL
SELECT
  touched.market,
  touched.symbol,
  touched.from_time_ms,
  doubt.from_time_ms,
  LEAST(doubt.to_time_ms + 1, touched.to_time_ms)
FROM touched
JOIN lake.${ops}.feed_events AS doubt
  ON touched.market = doubt.market
  AND touched.symbol = doubt.symbol
  AND doubt.from_time_ms < touched.to_time_ms
  AND doubt.to_time_ms >= touched.from_time_ms
WHERE doubt.event = 'ids_doubted'
