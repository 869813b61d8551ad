-- Window functions drop late rows in silence; this names them. The watermark here is at or ahead
-- of the window's, so it is a superset of what was dropped. A window closes one millisecond
-- before its end, hence the + 1 ms.
INSERT INTO late_records_topic
SELECT
  market,
  symbol,
  'trades' AS topic,
  'candles' AS job,
  trade_id,
  event_time_ms,
  1000 * TIMESTAMPDIFF(SECOND, TO_TIMESTAMP_LTZ(0, 3), CURRENT_WATERMARK(event_time))
    AS watermark_ms,
  receive_time_ms
FROM market_trades
WHERE is_trade
  AND CURRENT_WATERMARK(event_time) IS NOT NULL
  AND event_time < FLOOR(CURRENT_WATERMARK(event_time) + INTERVAL '0.001' SECOND(2, 3) TO SECOND)
