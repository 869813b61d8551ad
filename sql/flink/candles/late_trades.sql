-- Window functions drop late rows in silence; this names them. A record says itself that a heartbeat
-- had vouched for its second, so the set is a superset of what any window dropped, also directly
-- after a restore. A marker has no trade of its own.
SELECT
  market,
  symbol,
  '${topic}' AS topic,
  'candles' AS job,
  CASE WHEN is_trade THEN trade_id END AS trade_id,
  event_time_ms,
  late_after_ms AS watermark_ms,
  receive_time_ms
FROM ${trades}
WHERE late_after_ms IS NOT NULL
