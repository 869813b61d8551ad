-- A minute is made of its seconds, so the two can never disagree; what holds at its end is what its
-- last second says. A second whose quote's age is unknown makes that of the minute unknown.
SELECT
  market,
  symbol,
  window_start,
  window_end,
  SUM(synced_ms) AS synced_ms,
  SUM(update_count) AS update_count,
  SUM(resyncs) AS resyncs,
  IF(
    COUNT(max_quote_age_ms) = COUNT(*) FILTER (WHERE synced_ms > 0),
    MAX(max_quote_age_ms),
    CAST(NULL AS BIGINT)
  ) AS max_quote_age_ms,
  SUM(spread_sum) AS spread_sum,
  MIN(spread_min) AS spread_min,
  MAX(spread_max) AS spread_max,
  MAX(spread_last) FILTER (WHERE is_last) AS spread_last,
  SUM(spread_bps_sum) AS spread_bps_sum,
  MIN(spread_bps_min) AS spread_bps_min,
  MAX(spread_bps_max) AS spread_bps_max,
  MAX(spread_bps_last) FILTER (WHERE is_last) AS spread_bps_last,
  SUM(obi_1_sum) AS obi_1_sum,
  SUM(obi_1_ms) AS obi_1_ms,
  MAX(obi_1_last) FILTER (WHERE is_last) AS obi_1_last,
  SUM(obi_5_sum) AS obi_5_sum,
  SUM(obi_5_ms) AS obi_5_ms,
  MAX(obi_5_last) FILTER (WHERE is_last) AS obi_5_last,
  SUM(obi_20_sum) AS obi_20_sum,
  SUM(obi_20_ms) AS obi_20_ms,
  MAX(obi_20_last) FILTER (WHERE is_last) AS obi_20_last,
  MAX(mid_last) FILTER (WHERE is_last) AS mid_last,
  MAX(microprice_last) FILTER (WHERE is_last) AS microprice_last,
  MAX(bid_depth_quote_10_bps) FILTER (WHERE is_last) AS bid_depth_quote_10_bps,
  MAX(bid_depth_quote_25_bps) FILTER (WHERE is_last) AS bid_depth_quote_25_bps,
  MAX(bid_depth_quote_50_bps) FILTER (WHERE is_last) AS bid_depth_quote_50_bps,
  MAX(ask_depth_quote_10_bps) FILTER (WHERE is_last) AS ask_depth_quote_10_bps,
  MAX(ask_depth_quote_25_bps) FILTER (WHERE is_last) AS ask_depth_quote_25_bps,
  MAX(ask_depth_quote_50_bps) FILTER (WHERE is_last) AS ask_depth_quote_50_bps
FROM TABLE(TUMBLE(TABLE ${seconds}, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY market, symbol, window_start, window_end
