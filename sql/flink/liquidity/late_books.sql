-- Window functions drop late rows in silence; this names them, as flink/candles/late_records.sql does
-- for trades.
SELECT
  market,
  symbol,
  'book_tops.' || market AS topic,
  'liquidity' AS job,
  CAST(NULL AS BIGINT) AS trade_id,
  event_time_ms,
  1000 * TIMESTAMPDIFF(SECOND, TO_TIMESTAMP_LTZ(0, 3), CURRENT_WATERMARK(event_time))
    AS watermark_ms,
  receive_time_ms
FROM ${books}
WHERE CURRENT_WATERMARK(event_time) IS NOT NULL
  AND event_time < FLOOR(CURRENT_WATERMARK(event_time) + INTERVAL '0.001' SECOND(2, 3) TO SECOND)
