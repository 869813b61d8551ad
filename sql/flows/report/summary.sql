-- sql/flows/report/summary.sql
-- A symbol's day in one line; no row while the day is not rolled up.
SELECT
  "open",
  high,
  low,
  "close",
  vwap,
  volume_base,
  volume_quote,
  trade_count,
  log_return,
  realised_volatility,
  spread_bps_mean,
  obi_5_mean,
  synced_ms,
  missing_trades,
  completeness,
  revision,
  is_final
FROM lake.${gold}.daily_summary
WHERE window_start = ${start} AND market = '${market}' AND symbol = '${symbol}'
