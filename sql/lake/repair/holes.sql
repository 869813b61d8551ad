-- sql/lake/repair/holes.sql
-- What is to be repaired and is not written in ops.repairs yet: ids that bronze lacks, gaps that were
-- left, and late records. Only what is older than the newest record by the settle time counts: until
-- then the connector itself may still fill it.
WITH newest AS (
  SELECT max(receive_time) - INTERVAL '${settle_s}' SECOND AS settled
  FROM (
    SELECT max(receive_time) AS receive_time
    FROM lake.${bronze}.trades
    WHERE event_time >= ${start}
    UNION ALL
    SELECT max(receive_time) AS receive_time FROM lake.${ops}.feed_events
    UNION ALL
    SELECT max(receive_time) AS receive_time FROM lake.${ops}.late_records
  )
),
-- Each trade of the range, and the last one before it, which is looked for within a day.
ids AS (
  SELECT market, symbol, trade_id, event_time, receive_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} AND ${symbols}
  UNION ALL
  SELECT
    market,
    symbol,
    max(trade_id) AS trade_id,
    max_by(event_time, trade_id) AS event_time,
    max_by(receive_time, trade_id) AS receive_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} - INTERVAL '1' DAY AND event_time < ${start} AND ${symbols}
  GROUP BY market, symbol
),
placed AS (
  SELECT
    *,
    lag(trade_id) OVER (PARTITION BY market, symbol ORDER BY trade_id) AS last_id,
    lag(event_time) OVER (PARTITION BY market, symbol ORDER BY trade_id) AS last_time
  FROM ids
),
told AS (
  SELECT DISTINCT market, symbol, from_id, to_id, from_time_ms, to_time_ms
  FROM lake.${ops}.feed_events
  CROSS JOIN newest
  WHERE event = 'gap_left'
    AND from_id IS NOT NULL
    AND to_id IS NOT NULL
    AND from_time_ms IS NOT NULL
    AND to_time_ms IS NOT NULL
    AND receive_time <= settled
    AND ${symbols}
),
absent AS (
  SELECT
    market,
    symbol,
    last_id + 1 AS from_id,
    trade_id - 1 AS to_id,
    CAST(to_unixtime(least(last_time, event_time)) * 1000 AS BIGINT) AS from_time_ms,
    CAST(to_unixtime(greatest(last_time, event_time)) * 1000 AS BIGINT) AS to_time_ms
  FROM placed
  CROSS JOIN newest
  WHERE trade_id > last_id + 1 AND receive_time <= settled
),
-- Neighbouring ids are one hole.
late_trades AS (
  SELECT
    market,
    symbol,
    min(trade_id) AS from_id,
    max(trade_id) AS to_id,
    CAST(to_unixtime(min(event_time)) * 1000 AS BIGINT) AS from_time_ms,
    CAST(to_unixtime(max(event_time)) * 1000 AS BIGINT) AS to_time_ms
  FROM (
    SELECT
      market,
      symbol,
      trade_id,
      min(event_time) AS event_time,
      trade_id - row_number() OVER (PARTITION BY market, symbol ORDER BY trade_id) AS island
    FROM lake.${ops}.late_records
    CROSS JOIN newest
    WHERE trade_id IS NOT NULL AND receive_time <= settled AND ${symbols}
    GROUP BY market, symbol, trade_id
  )
  GROUP BY market, symbol, island
),
-- Records of a book have no ids that follow each other; those of a minute are one hole, which is
-- another one when more of them came after it was dealt with.
late_books AS (
  SELECT
    market,
    symbol,
    CAST(NULL AS BIGINT) AS from_id,
    CAST(NULL AS BIGINT) AS to_id,
    CAST(to_unixtime(min(event_time)) * 1000 AS BIGINT) AS from_time_ms,
    CAST(to_unixtime(max(event_time)) * 1000 AS BIGINT) AS to_time_ms,
    max(receive_time) AS last_received
  FROM lake.${ops}.late_records
  CROSS JOIN newest
  WHERE trade_id IS NULL AND receive_time <= settled AND ${symbols}
  GROUP BY market, symbol, date_trunc('minute', event_time)
),
-- What an event tells of as one gap, the ids may show as several.
untold AS (
  SELECT absent.*
  FROM absent
  LEFT JOIN told
    ON told.market = absent.market
    AND told.symbol = absent.symbol
    AND told.from_id <= absent.from_id
    AND told.to_id >= absent.to_id
  WHERE told.market IS NULL
),
holes AS (
  SELECT 'gap' AS cause, *, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS last_received FROM told
  UNION ALL
  SELECT 'gap' AS cause, *, NULL AS last_received FROM untold
  UNION ALL
  SELECT 'late_trades' AS cause, *, NULL AS last_received FROM late_trades
  UNION ALL
  SELECT 'late_books' AS cause, * FROM late_books
)
SELECT
  holes.market AS market,
  holes.symbol AS symbol,
  holes.cause AS cause,
  holes.from_id AS from_id,
  holes.to_id AS to_id,
  holes.from_time_ms AS from_time_ms,
  holes.to_time_ms AS to_time_ms
FROM holes
LEFT JOIN lake.${ops}.repairs AS known
  ON known.market = holes.market
  AND known.symbol = holes.symbol
  AND known.cause = holes.cause
  AND if(
    holes.from_id IS NOT NULL,
    known.from_id <= holes.from_id AND known.to_id >= holes.to_id,
    known.from_time_ms <= holes.from_time_ms
      AND known.to_time_ms >= holes.to_time_ms
      AND known.changed_at >= holes.last_received
  )
WHERE known.market IS NULL
ORDER BY holes.market, holes.symbol, holes.from_time_ms, holes.from_id
