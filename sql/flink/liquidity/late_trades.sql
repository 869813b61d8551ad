SELECT
  market,
  symbol,
  '${topic}' AS topic,
  'liquidity' AS job,
  CASE WHEN kind = 'trade' THEN trade_id END AS trade_id,
  event_time_ms,
  late_after_ms AS watermark_ms,
  receive_time_ms
FROM ${trades}
WHERE late_after_ms IS NOT NULL
