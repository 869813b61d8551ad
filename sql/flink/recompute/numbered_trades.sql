-- The trades of the ranges in the order of their ids, each with the one before it and the one after
-- it. Where an id falls while the time rises, the exchange's ids have restarted: that is a new
-- beginning, and nothing is known of what came between. So it is where the stream could not say what
-- was before a live trade although it had one: the ids may have restarted and passed the old ones. What
-- else a trade said of the ids before it may have been repaired since, so it is counted again.
SELECT
  market,
  symbol,
  from_time_ms,
  to_time_ms,
  proven_ms,
  trade_id,
  price,
  quantity,
  taker_side,
  CASE WHEN beginning = 0 THEN missing_before END AS missing_before,
  event_time_ms,
  receive_time_ms,
  source,
  schema_version,
  LAG(trade_id) OVER in_order IS NULL AS is_first,
  CASE WHEN LAG(beginning) OVER in_order = beginning THEN LAG(trade_id) OVER in_order END
    AS previous_id,
  CASE WHEN LAG(beginning) OVER in_order = beginning THEN LAG(event_time_ms) OVER in_order END
    AS previous_time_ms,
  COALESCE(LEAD(beginning) OVER in_order = beginning, FALSE) AS is_followed,
  LEAD(event_time_ms) OVER in_order AS next_time_ms
FROM (
  SELECT
    *,
    SUM(
      CASE
        WHEN trade_id < id_before AND event_time_ms - time_before_ms >= 1000 THEN 1
        WHEN missing_before IS NULL AND source = 'live' AND source_before = 'live' THEN 1
        ELSE 0
      END
    )
      OVER (
        PARTITION BY market, symbol, from_time_ms
        ORDER BY event_time_ms, trade_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS beginning
  FROM (
    SELECT
      trade.*,
      touched.from_time_ms,
      touched.to_time_ms,
      touched.proven_ms,
      LAG(trade.trade_id) OVER by_time AS id_before,
      LAG(trade.event_time_ms) OVER by_time AS time_before_ms,
      LAG(trade.source) OVER by_time AS source_before
    FROM (
      SELECT
        *,
        EXTRACT(EPOCH FROM event_time) * 1000 + EXTRACT(MILLISECOND FROM event_time)
          AS event_time_ms,
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
    WINDOW by_time AS (
      PARTITION BY trade.market, trade.symbol, touched.from_time_ms
      ORDER BY trade.event_time_ms, trade.trade_id
    )
  )
)
WINDOW in_order AS (
  PARTITION BY market, symbol, from_time_ms
  ORDER BY beginning, trade_id
)
