-- Window functions drop late rows in silence; this names them. A record says itself that its second
-- had been vouched for before, so this also holds directly after a restore.
SELECT
  market,
  symbol,
  'book_tops.' || market AS topic,
  'liquidity' AS job,
  CAST(NULL AS BIGINT) AS trade_id,
  event_time_ms,
  late_after_ms AS watermark_ms,
  receive_time_ms
FROM ${books}
WHERE late_after_ms IS NOT NULL
