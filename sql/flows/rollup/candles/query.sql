-- sql/flows/rollup/candles/query.sql
-- One row per window of ${minutes} minutes, from the minutes of silver. Sums are exact, quotients are
-- DOUBLE of exact sums. A gap counts in full in each window that it touches, so missing trades are
-- not the sum over minutes: they follow from trade ids, those of the trades around the window
-- included. Where no trade is known on one side, the minute at that edge says whether it lacks any.
-- A window is unknown if it has an unknown minute, if ids restarted within it, or if nothing shows
-- what came between its last minute with trades and its end.
WITH minutes AS (
  SELECT
    *,
    date_add(
      'minute',
      -mod(CAST(to_unixtime(window_start) AS BIGINT) / 60, ${minutes}),
      window_start
    ) AS rollup_start,
    lag(last_trade_id) IGNORE NULLS OVER by_time AS previous_trade_id,
    lead(first_trade_id) IGNORE NULLS OVER by_time AS next_trade_id,
    greatest(
      computed_at_ms,
      lag(computed_at_ms, 1, BIGINT '0') OVER by_time,
      lead(computed_at_ms, 1, BIGINT '0') OVER by_time
    ) AS changed_at_ms
  FROM lake.${silver}.candles_1m
  -- A neighbour is searched within a day.
  WHERE window_start >= ${start} - INTERVAL '1' DAY
    AND window_start < ${end} + INTERVAL '1' DAY
    AND ${symbols}
  WINDOW by_time AS (PARTITION BY market, symbol ORDER BY window_start)
),
${known},
sums AS (
  SELECT
    market,
    symbol,
    rollup_start,
    date_add('minute', ${minutes}, rollup_start) AS rollup_end,
    min_by("open", window_start) FILTER (WHERE trade_count > 0) AS "open",
    max(high) AS high,
    min(low) AS low,
    max_by("close", window_start) FILTER (WHERE trade_count > 0) AS "close",
    sum(volume_base) AS volume_base,
    sum(volume_quote) AS volume_quote,
    sum(taker_buy_volume_base) AS taker_buy_volume_base,
    sum(taker_sell_volume_base) AS taker_sell_volume_base,
    sum(taker_buy_volume_quote) AS taker_buy_volume_quote,
    sum(taker_sell_volume_quote) AS taker_sell_volume_quote,
    sum(trade_count) AS trade_count,
    min(first_trade_id) AS first_trade_id,
    max(last_trade_id) AS last_trade_id,
    min_by(previous_trade_id, window_start) AS previous_trade_id,
    max_by(next_trade_id, window_start) AS next_trade_id,
    min_by(missing_trades, window_start) AS missing_first,
    max_by(missing_trades, window_start) AS missing_last,
    max(window_end) AS last_end,
    count_if(missing_trades IS NULL OR first_trade_id <= previous_trade_id) AS unknown_minutes,
    sum(backfilled_trades) AS backfilled_trades,
    sum(late_trades) AS late_trades,
    count(*) AS source_rows,
    max(changed_at_ms) AS source_computed_at_ms
  FROM minutes
  WHERE rollup_start >= ${start} AND rollup_start < ${end}
  GROUP BY market, symbol, rollup_start
),
accounted AS (
  SELECT
    *,
    CASE
      WHEN unknown_minutes > 0 OR next_trade_id <= coalesce(last_trade_id, previous_trade_id)
        THEN NULL
      WHEN trade_count = 0 THEN next_trade_id - previous_trade_id - 1
      ELSE last_trade_id - first_trade_id + 1 - trade_count
        + coalesce(first_trade_id - previous_trade_id - 1, if(missing_first = 0, 0))
        + coalesce(
          next_trade_id - last_trade_id - 1, if(missing_last = 0 AND last_end = rollup_end, 0)
        )
    END AS missing_trades
  FROM sums
)
SELECT
  market,
  symbol,
  rollup_start AS window_start,
  rollup_end AS window_end,
  "open",
  high,
  low,
  "close",
  CAST(volume_quote AS DOUBLE) / nullif(CAST(volume_base AS DOUBLE), 0) AS vwap,
  volume_base,
  volume_quote,
  taker_buy_volume_base,
  taker_sell_volume_base,
  taker_buy_volume_quote,
  taker_sell_volume_quote,
  CAST(taker_buy_volume_base - taker_sell_volume_base AS DOUBLE)
    / nullif(CAST(volume_base AS DOUBLE), 0) AS trade_imbalance,
  trade_count,
  first_trade_id,
  last_trade_id,
  trade_count + missing_trades AS expected_trades,
  missing_trades,
  backfilled_trades,
  late_trades,
  CAST(trade_count AS DOUBLE) / nullif(trade_count + missing_trades, 0) AS completeness,
  coalesce(missing_trades = 0, FALSE) AS is_final,
  source_rows,
  source_computed_at_ms,
  rollup_end <= over_until AS is_ready
FROM accounted
JOIN known USING (market, symbol)
