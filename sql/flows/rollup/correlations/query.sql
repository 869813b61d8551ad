-- sql/flows/rollup/correlations/query.sql
-- One row per pair of symbols and window of 60 minutes, every 15 minutes. A return runs from the close
-- of one minute to that of the next, and is left out unless their trade ids are consecutive; a
-- minute counts when both symbols have one. Returns are decimals, so that their sums are exact. A
-- window does not say that it is whole when a minute of either symbol lacks trades, or may. A choice
-- of symbols means every pair that one of them is in.
WITH minutes AS (
  SELECT
    market,
    symbol,
    window_start,
    first_trade_id,
    "close",
    missing_trades,
    greatest(computed_at_ms, lag(computed_at_ms, 1, BIGINT '0') OVER by_time) AS changed_at_ms,
    lag("close") OVER by_time AS previous_close,
    lag(last_trade_id) OVER by_time AS previous_trade_id,
    lag(window_end) OVER by_time AS previous_end
  FROM lake.${silver}.candles_1m
  WHERE window_start >= ${start} - INTERVAL '1' DAY
    AND window_start < ${end} + INTERVAL '1' HOUR
  WINDOW by_time AS (PARTITION BY market, symbol ORDER BY window_start)
),
${known},
returns AS (
  SELECT
    market,
    symbol,
    window_start,
    changed_at_ms,
    missing_trades,
    CASE
      WHEN previous_end = window_start AND first_trade_id = previous_trade_id + 1
        THEN CAST(
          ln(CAST("close" AS DOUBLE) / CAST(previous_close AS DOUBLE)) AS DECIMAL(18, 15)
        )
    END AS log_return
  FROM minutes
  WHERE window_start >= ${start}
),
pairs AS (
  SELECT
    one.market,
    one.symbol,
    other.symbol AS other_symbol,
    date_add(
      'minute',
      -mod(CAST(to_unixtime(one.window_start) AS BIGINT) / 60, 15) - 15 * step,
      one.window_start
    ) AS rollup_start,
    one.log_return IS NOT NULL AND other.log_return IS NOT NULL AS is_known,
    one.log_return AS x,
    other.log_return AS y,
    one.missing_trades + other.missing_trades AS missing_trades,
    greatest(one.changed_at_ms, other.changed_at_ms) AS changed_at_ms
  FROM returns AS one
  JOIN returns AS other
    ON one.market = other.market
    AND one.window_start = other.window_start
    AND one.symbol < other.symbol
  CROSS JOIN UNNEST(sequence(0, 3)) AS steps (step)
),
sums AS (
  SELECT
    market,
    symbol,
    other_symbol,
    rollup_start,
    count(*) FILTER (WHERE is_known) AS n,
    sum(x) FILTER (WHERE is_known) AS x,
    sum(y) FILTER (WHERE is_known) AS y,
    sum(x * x) FILTER (WHERE is_known) AS xx,
    sum(y * y) FILTER (WHERE is_known) AS yy,
    sum(x * y) FILTER (WHERE is_known) AS xy,
    count_if(missing_trades > 0) AS lacking_minutes,
    count_if(missing_trades IS NULL) AS unknown_minutes,
    count(*) AS source_rows,
    max(changed_at_ms) AS source_computed_at_ms
  FROM pairs
  WHERE rollup_start >= ${start} AND rollup_start < ${end}
    AND (${symbols} OR other_${symbols})
  GROUP BY market, symbol, other_symbol, rollup_start
)
SELECT
  sums.market AS market,
  sums.symbol AS symbol,
  other_symbol,
  rollup_start AS window_start,
  date_add('minute', 60, rollup_start) AS window_end,
  CAST(n * xy - x * y AS DOUBLE)
    / nullif(sqrt(CAST(n * xx - x * x AS DOUBLE) * CAST(n * yy - y * y AS DOUBLE)), 0)
    AS correlation,
  n AS return_count,
  60 - n AS unknown_returns,
  CASE
    WHEN unknown_minutes > 0 OR (lacking_minutes > 0 AND n = 60) THEN NULL
    ELSE CAST(n AS DOUBLE) / 60
  END AS completeness,
  n = 60 AND lacking_minutes = 0 AND unknown_minutes = 0 AS is_final,
  source_rows,
  source_computed_at_ms,
  date_add('minute', 60, rollup_start) <= least(one.over_until, other.over_until) AS is_ready
FROM sums
JOIN known AS one ON one.market = sums.market AND one.symbol = sums.symbol
JOIN known AS other ON other.market = sums.market AND other.symbol = sums.other_symbol
