-- sql/flows/rollup/volatility/query.sql
-- One row per window of ${minutes} minutes with trades, from seconds. A return runs from the close of
-- one second with trades to that of the next one, and is left out unless their trade ids are
-- consecutive; it belongs to the window of the later second. Returns are decimals, so that their
-- sums do not depend on the order of rows. Trades that a minute lacks may have been the window's
-- last: no return shows that, so such a window does not say that it is whole.
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
${known},
windows AS (
  SELECT
    market,
    symbol,
    rollup_start,
    date_add('minute', ${minutes}, rollup_start) AS rollup_end,
    sum(trade_count) AS trade_count,
    count_if(missing_trades > 0) AS lacking_minutes,
    count_if(missing_trades IS NULL) AS unknown_minutes,
    count(*) AS source_rows,
    max(changed_at_ms) AS source_computed_at_ms
  FROM minutes
  WHERE rollup_start >= ${start}
  GROUP BY market, symbol, rollup_start
  HAVING sum(trade_count) > 0
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
  rollup_end AS window_end,
  sqrt(CAST(variance AS DOUBLE)) AS realised_volatility,
  return_count,
  seconds_count - return_count AS unknown_returns,
  windows.trade_count AS trade_count,
  CASE
    WHEN unknown_minutes > 0 OR own_until < rollup_end THEN NULL
    WHEN lacking_minutes > 0 AND return_count = seconds_count THEN NULL
    ELSE CAST(return_count AS DOUBLE) / seconds_count
  END AS completeness,
  coalesce(
    unknown_minutes = 0
    AND lacking_minutes = 0
    AND own_until >= rollup_end
    AND return_count = seconds_count,
    FALSE
  ) AS is_final,
  source_rows,
  source_computed_at_ms,
  -- Minutes and seconds are committed separately: wait until both cover the same trades.
  rollup_end <= over_until AND coalesce(windows.trade_count = sums.trade_count, FALSE) AS is_ready
FROM windows
LEFT JOIN sums USING (market, symbol, rollup_start)
JOIN known USING (market, symbol)
