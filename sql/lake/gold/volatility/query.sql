-- sql/lake/gold/volatility/query.sql
-- One row a window of ${minutes} minutes with trades, from seconds. A return runs from the close of
-- one second with trades to that of the next one, and is left out unless their trade ids are
-- consecutive; it belongs to the window of the later second. Returns are decimals, so that their
-- sums do not depend on the order of rows.
WITH minutes AS (
  SELECT
    *,
    date_add(
      'minute',
      -mod(CAST(to_unixtime(window_start) AS BIGINT) / 60, ${minutes}),
      window_start
    ) AS rollup_start,
    greatest(
      computed_at_ms,
      lag(computed_at_ms, 1, BIGINT '0') OVER (PARTITION BY market, symbol ORDER BY window_start)
    ) AS changed_at_ms
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} - INTERVAL '1' DAY
    AND window_start < ${end}
    AND ${symbols}
),
last_minutes AS (
  SELECT market, symbol, max(window_end) AS known_until
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} AND ${symbols}
  GROUP BY market, symbol
),
windows AS (
  SELECT
    market,
    symbol,
    rollup_start,
    sum(trade_count) AS trade_count,
    count(*) AS source_rows,
    max(changed_at_ms) AS source_computed_at_ms
  FROM minutes
  WHERE rollup_start >= ${start}
  GROUP BY market, symbol, rollup_start
),
seconds AS (
  SELECT
    market,
    symbol,
    window_start,
    "close",
    trade_count,
    first_trade_id,
    lag("close") OVER by_time AS previous_close,
    lag(last_trade_id) OVER by_time AS previous_trade_id
  FROM lake.${silver}.candles_1s
  WHERE window_start >= ${start} - INTERVAL '1' DAY
    AND window_start < ${end}
    AND trade_count > 0
    AND ${symbols}
  WINDOW by_time AS (PARTITION BY market, symbol ORDER BY window_start)
),
returns AS (
  SELECT
    market,
    symbol,
    date_add(
      'minute',
      -mod(CAST(to_unixtime(date_trunc('minute', window_start)) AS BIGINT) / 60, ${minutes}),
      date_trunc('minute', window_start)
    ) AS rollup_start,
    trade_count,
    CASE
      WHEN first_trade_id = previous_trade_id + 1
        THEN CAST(
          ln(CAST("close" AS DOUBLE) / CAST(previous_close AS DOUBLE)) AS DECIMAL(18, 15)
        )
    END AS log_return
  FROM seconds
),
sums AS (
  SELECT
    market,
    symbol,
    rollup_start,
    sum(log_return * log_return) AS variance,
    count(log_return) AS return_count,
    count(*) AS seconds_count,
    sum(trade_count) AS trade_count
  FROM returns
  GROUP BY market, symbol, rollup_start
)
SELECT
  market,
  symbol,
  rollup_start AS window_start,
  date_add('minute', ${minutes}, rollup_start) AS window_end,
  sqrt(CAST(variance AS DOUBLE)) AS realised_volatility,
  return_count,
  seconds_count - return_count AS unknown_returns,
  windows.trade_count AS trade_count,
  CAST(return_count AS DOUBLE) / seconds_count AS completeness,
  return_count = seconds_count AS is_final,
  source_rows,
  source_computed_at_ms
FROM windows
JOIN sums USING (market, symbol, rollup_start)
JOIN last_minutes USING (market, symbol)
WHERE date_add('minute', ${minutes}, rollup_start) <= known_until
  -- Minutes and seconds are committed apart: wait until both stand for the same trades.
  AND windows.trade_count = sums.trade_count
