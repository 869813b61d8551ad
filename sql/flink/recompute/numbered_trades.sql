-- The trades of the ranges, each with the one before it by id. What a trade said of the ids before it
-- when it came may have been repaired since, so it is told anew.
SELECT
  trade.market,
  trade.symbol,
  touched.from_time_ms,
  touched.to_time_ms,
  trade.trade_id,
  trade.price,
  trade.quantity,
  trade.taker_side,
  trade.missing_before,
  trade.event_time_ms,
  trade.receive_time_ms,
  trade.source,
  trade.schema_version,
  LAG(trade.trade_id) OVER by_id AS previous_id,
  LAG(trade.event_time_ms) OVER by_id AS previous_time_ms
FROM (
  SELECT
    *,
    EXTRACT(EPOCH FROM event_time) * 1000 + EXTRACT(MILLISECOND FROM event_time) AS event_time_ms,
    EXTRACT(EPOCH FROM receive_time) * 1000 + EXTRACT(MILLISECOND FROM receive_time)
      AS receive_time_ms
  FROM lake.${bronze}.trades
  WHERE symbol IN (${symbols})
    AND event_time >= TO_TIMESTAMP_LTZ(${first_ms}, 3)
    AND event_time <= TO_TIMESTAMP_LTZ(${last_ms}, 3)
) AS trade
JOIN touched
  ON trade.market = touched.market
  AND trade.symbol = touched.symbol
  AND trade.event_time_ms >= touched.read_from_ms
  AND trade.event_time_ms <= touched.read_to_ms
WINDOW by_id AS (
  PARTITION BY trade.market, trade.symbol, touched.from_time_ms
  ORDER BY trade.trade_id
)
