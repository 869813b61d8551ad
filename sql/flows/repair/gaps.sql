-- sql/flows/repair/gaps.sql
-- What needs repair and is not in ops.repairs yet: ids that bronze lacks, gaps that were left, late
-- records, and windows not known to be complete. Only what is older than the newest record by the
-- settle time counts: until then the connector itself may still fill it.
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
-- Each trade of the range, and the last one before it, which is searched within a day.
ids AS (
  SELECT market, symbol, trade_id, event_time, receive_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} AND ${symbols}
  UNION ALL
  SELECT
    market,
    symbol,
    max_by(trade_id, ROW(event_time, trade_id)) AS trade_id,
    max(event_time) AS event_time,
    max_by(receive_time, ROW(event_time, trade_id)) AS receive_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} - INTERVAL '1' DAY AND event_time < ${start} AND ${symbols}
  GROUP BY market, symbol
),
-- Where an id falls while the time rises, the exchange's ids restarted: no gap is in between.
numbered AS (
  SELECT
    *,
    count_if(trade_id < id_before AND event_time >= time_before + INTERVAL '1' SECOND) OVER (
      PARTITION BY market, symbol
      ORDER BY event_time, trade_id
      ROWS UNBOUNDED PRECEDING
    ) AS beginning
  FROM (
    SELECT
      *,
      lag(trade_id) OVER by_time AS id_before,
      lag(event_time) OVER by_time AS time_before
    FROM ids
    WINDOW by_time AS (PARTITION BY market, symbol ORDER BY event_time, trade_id)
  )
),
placed AS (
  SELECT
    *,
    lag(trade_id) OVER by_id AS last_id,
    lag(event_time) OVER by_id AS last_time
  FROM numbered
  WINDOW by_id AS (PARTITION BY market, symbol, beginning ORDER BY trade_id)
),
told AS (
  SELECT DISTINCT
    market,
    symbol,
    from_id,
    to_id,
    least(from_time_ms, to_time_ms) AS from_time_ms,
    greatest(from_time_ms, to_time_ms) AS to_time_ms
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
-- Neighbouring ids are one gap; when more come after it was dealt with, it is a new gap.
late_ids AS (
  SELECT
    market,
    symbol,
    min(trade_id) AS from_id,
    max(trade_id) AS to_id,
    CAST(to_unixtime(min(event_time)) * 1000 AS BIGINT) AS from_time_ms,
    CAST(to_unixtime(max(event_time)) * 1000 AS BIGINT) AS to_time_ms,
    max(receive_time) AS last_received
  FROM (
    SELECT
      market,
      symbol,
      trade_id,
      min(event_time) AS event_time,
      max(receive_time) AS receive_time,
      trade_id - row_number() OVER (PARTITION BY market, symbol ORDER BY trade_id) AS island
    FROM lake.${ops}.late_records
    CROSS JOIN newest
    WHERE trade_id IS NOT NULL AND receive_time <= settled AND ${symbols}
    GROUP BY market, symbol, trade_id
  )
  GROUP BY market, symbol, island
),
-- Records without an id, of a book or a marker between two trades: those of a minute are one gap.
late_minutes AS (
  SELECT
    market,
    symbol,
    if(topic = 'trades' OR starts_with(topic, 'trades.'), 'late_trades', 'late_books') AS cause,
    CAST(to_unixtime(min(event_time)) * 1000 AS BIGINT) AS from_time_ms,
    CAST(to_unixtime(max(event_time)) * 1000 AS BIGINT) AS to_time_ms,
    max(receive_time) AS last_received
  FROM lake.${ops}.late_records
  CROSS JOIN newest
  WHERE trade_id IS NULL AND receive_time <= settled AND ${symbols}
  GROUP BY 1, 2, 3, date_trunc('minute', event_time)
),
-- The ids may show several gaps where an event reports one.
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
-- Minutes that have an unknown window, and are neither waiting nor marked permanently.
unknown_minutes AS (
  SELECT DISTINCT
    market,
    symbol,
    CAST(to_unixtime(date_trunc('minute', window_start)) AS BIGINT) / 60 AS minute
  FROM (
    SELECT market, symbol, window_start, missing_trades, computed_at_ms
    FROM lake.${silver}.candles_1s
    UNION ALL
    SELECT market, symbol, window_start, missing_trades, computed_at_ms
    FROM lake.${silver}.candles_1m
  )
  CROSS JOIN newest
  WHERE window_start >= ${start}
    AND missing_trades IS NULL
    AND computed_at_ms <= to_unixtime(settled) * 1000
    AND ${symbols}
),
new_unknown_minutes AS (
  SELECT unknown_minutes.*
  FROM unknown_minutes
  LEFT JOIN lake.${ops}.repairs AS waiting
    ON waiting.market = unknown_minutes.market
    AND waiting.symbol = unknown_minutes.symbol
    AND waiting.cause = 'unknown'
    AND waiting.state IN ('found', 'unrepairable')
    AND waiting.from_time_ms <= unknown_minutes.minute * 60000
    AND waiting.to_time_ms >= unknown_minutes.minute * 60000
  WHERE waiting.market IS NULL
),
unknown AS (
  SELECT
    market,
    symbol,
    min(minute) * 60000 AS from_time_ms,
    max(minute) * 60000 + 59999 AS to_time_ms
  FROM (
    SELECT
      *,
      minute - row_number() OVER (PARTITION BY market, symbol ORDER BY minute) AS island
    FROM new_unknown_minutes
  )
  GROUP BY market, symbol, island
),
gaps AS (
  SELECT 'gap' AS cause, *, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS last_received FROM told
  UNION ALL
  SELECT 'gap' AS cause, *, NULL AS last_received FROM untold
  UNION ALL
  SELECT 'late_trades' AS cause, * FROM late_ids
  UNION ALL
  SELECT cause, market, symbol, NULL, NULL, from_time_ms, to_time_ms, last_received
  FROM late_minutes
),
new_gaps AS (
  SELECT gaps.*
  FROM gaps
  LEFT JOIN lake.${ops}.repairs AS known
    ON known.market = gaps.market
    AND known.symbol = gaps.symbol
    AND known.cause = gaps.cause
    AND if(
      gaps.from_id IS NOT NULL,
      known.from_id <= gaps.from_id AND known.to_id >= gaps.to_id,
      known.from_id IS NULL
        AND known.from_time_ms <= gaps.from_time_ms
        AND known.to_time_ms >= gaps.to_time_ms
    )
    AND (gaps.last_received IS NULL OR known.changed_at >= gaps.last_received)
  WHERE known.market IS NULL
)
SELECT market, symbol, cause, from_id, to_id, from_time_ms, to_time_ms
FROM new_gaps
UNION ALL
SELECT market, symbol, 'unknown', NULL, NULL, from_time_ms, to_time_ms
FROM unknown
ORDER BY market, symbol, from_time_ms, from_id
