-- What topic `trades` would hold of the ranges if all that is known by now had come in time.
SELECT
  market,
  symbol,
  'trade' AS kind,
  trade_id,
  price,
  quantity,
  taker_side,
  COALESCE(GREATEST(trade_id - previous_id - 1, 0), missing_before) AS missing_before,
  CAST(NULL AS BIGINT) AS gap_end_time_ms,
  CAST(NULL AS BIGINT) AS late_after_ms,
  event_time_ms,
  receive_time_ms,
  source,
  schema_version,
  TO_TIMESTAMP_LTZ(event_time_ms, 3) AS event_time
FROM numbered_trades
WHERE event_time_ms >= from_time_ms AND event_time_ms < to_time_ms
UNION ALL
SELECT
  market,
  symbol,
  'gap',
  trade_id,
  CAST(NULL AS DECIMAL(18, 8)),
  CAST(NULL AS DECIMAL(19, 8)),
  CAST(NULL AS STRING),
  missing_before,
  gap_end_time_ms,
  CAST(NULL AS BIGINT),
  event_time_ms,
  receive_time_ms,
  'live',
  schema_version,
  TO_TIMESTAMP_LTZ(event_time_ms, 3)
FROM gap_markers
UNION ALL
SELECT
  market,
  symbol,
  'unknown',
  CAST(NULL AS BIGINT),
  CAST(NULL AS DECIMAL(18, 8)),
  CAST(NULL AS DECIMAL(19, 8)),
  CAST(NULL AS STRING),
  CAST(NULL AS BIGINT),
  CAST(NULL AS BIGINT),
  CAST(NULL AS BIGINT),
  event_time_ms,
  event_time_ms,
  'live',
  CAST(${version} AS INT),
  TO_TIMESTAMP_LTZ(event_time_ms, 3)
FROM unknown_markers
