-- sql/flows/rollup/liquidity/query.sql
-- One row per window of ${minutes} minutes, from the minutes of silver. A mean is weighted by the time
-- that the book was verified, in decimals, so that it does not depend on the order of rows. What is
-- true at a window's end comes from its last minute, and is unknown when that minute is not there.
WITH minutes AS (
  SELECT
    *,
    date_add(
      'minute',
      -mod(CAST(to_unixtime(window_start) AS BIGINT) / 60, ${minutes}),
      window_start
    ) AS rollup_start
  FROM lake.${silver}.liquidity_1m
  WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
),
${known},
placed AS (
  SELECT
    *,
    date_add('minute', ${minutes}, rollup_start) AS rollup_end,
    window_end = date_add('minute', ${minutes}, rollup_start) AS is_last
  FROM minutes
),
sums AS (
  SELECT
    market,
    symbol,
    rollup_start,
    rollup_end,
    min(spread_min) AS spread_min,
    max(spread_max) AS spread_max,
    min(spread_bps_min) AS spread_bps_min,
    max(spread_bps_max) AS spread_bps_max,
    CAST(sum(CAST(spread_mean AS DECIMAL(36, 18)) * synced_ms) AS DOUBLE)
      / sum(synced_ms) FILTER (WHERE spread_mean IS NOT NULL) AS spread_mean,
    CAST(sum(CAST(spread_bps_mean AS DECIMAL(36, 18)) * synced_ms) AS DOUBLE)
      / sum(synced_ms) FILTER (WHERE spread_bps_mean IS NOT NULL) AS spread_bps_mean,
    CAST(sum(CAST(obi_1_mean AS DECIMAL(36, 18)) * synced_ms) AS DOUBLE)
      / sum(synced_ms) FILTER (WHERE obi_1_mean IS NOT NULL) AS obi_1_mean,
    CAST(sum(CAST(obi_5_mean AS DECIMAL(36, 18)) * synced_ms) AS DOUBLE)
      / sum(synced_ms) FILTER (WHERE obi_5_mean IS NOT NULL) AS obi_5_mean,
    CAST(sum(CAST(obi_20_mean AS DECIMAL(36, 18)) * synced_ms) AS DOUBLE)
      / sum(synced_ms) FILTER (WHERE obi_20_mean IS NOT NULL) AS obi_20_mean,
    max(spread_last) FILTER (WHERE is_last) AS spread_last,
    max(spread_bps_last) FILTER (WHERE is_last) AS spread_bps_last,
    max(obi_1_last) FILTER (WHERE is_last) AS obi_1_last,
    max(obi_5_last) FILTER (WHERE is_last) AS obi_5_last,
    max(obi_20_last) FILTER (WHERE is_last) AS obi_20_last,
    max(mid_last) FILTER (WHERE is_last) AS mid_last,
    max(microprice_last) FILTER (WHERE is_last) AS microprice_last,
    max(bid_depth_quote_10_bps) FILTER (WHERE is_last) AS bid_depth_quote_10_bps,
    max(bid_depth_quote_25_bps) FILTER (WHERE is_last) AS bid_depth_quote_25_bps,
    max(bid_depth_quote_50_bps) FILTER (WHERE is_last) AS bid_depth_quote_50_bps,
    max(ask_depth_quote_10_bps) FILTER (WHERE is_last) AS ask_depth_quote_10_bps,
    max(ask_depth_quote_25_bps) FILTER (WHERE is_last) AS ask_depth_quote_25_bps,
    max(ask_depth_quote_50_bps) FILTER (WHERE is_last) AS ask_depth_quote_50_bps,
    sum(update_count) AS update_count,
    sum(synced_ms) AS synced_ms,
    sum(resyncs) AS resyncs,
    if(count(max_quote_age_ms) = count_if(synced_ms > 0), max(max_quote_age_ms))
      AS max_quote_age_ms,
    count(*) AS source_rows,
    max(computed_at_ms) AS source_computed_at_ms
  FROM placed
  GROUP BY market, symbol, rollup_start, rollup_end
)
SELECT
  market,
  symbol,
  rollup_start AS window_start,
  rollup_end AS window_end,
  spread_min,
  spread_max,
  spread_last,
  spread_mean,
  spread_bps_min,
  spread_bps_max,
  spread_bps_last,
  spread_bps_mean,
  obi_1_mean,
  obi_1_last,
  obi_5_mean,
  obi_5_last,
  obi_20_mean,
  obi_20_last,
  mid_last,
  microprice_last,
  bid_depth_quote_10_bps,
  bid_depth_quote_25_bps,
  bid_depth_quote_50_bps,
  ask_depth_quote_10_bps,
  ask_depth_quote_25_bps,
  ask_depth_quote_50_bps,
  update_count,
  synced_ms,
  resyncs,
  max_quote_age_ms,
  CAST(synced_ms AS DOUBLE) / (${minutes} * 60000) AS completeness,
  synced_ms = ${minutes} * 60000 AND resyncs = 0 AS is_final,
  source_rows,
  source_computed_at_ms,
  rollup_end <= over_until AS is_ready
FROM sums
JOIN known USING (market, symbol)
