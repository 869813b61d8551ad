-- A minute with trades; it is final when every one of them had a mid and none may be missing. How
-- complete it is nobody knows while one may be.
SELECT
  market,
  symbol,
  CAST(window_start AS TIMESTAMP_LTZ(3)) AS window_start,
  CAST(window_end AS TIMESTAMP_LTZ(3)) AS window_end,
  CAST(bps_sum AS DOUBLE) / CAST(NULLIF(quoted_trade_count, 0) AS DOUBLE)
    AS effective_spread_bps_mean,
  quoted_trade_count,
  trade_count,
  CAST(quoted_trade_count AS DOUBLE) / CAST(IF(lacking_count = 0, trade_count, CAST(NULL AS BIGINT)) AS DOUBLE)
    AS completeness,
  0 AS revision,
  quoted_trade_count = trade_count AND lacking_count = 0 AS is_final,
  UNIX_TIMESTAMP() * 1000 AS computed_at_ms
FROM (
  SELECT
    market,
    symbol,
    window_start,
    window_end,
    SUM(bps_sum) AS bps_sum,
    SUM(quoted_trade_count) AS quoted_trade_count,
    SUM(trade_count) AS trade_count,
    SUM(lacking_count) AS lacking_count
  FROM TABLE(TUMBLE(TABLE ${seconds}, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
  GROUP BY market, symbol, window_start, window_end
)
WHERE trade_count > 0
