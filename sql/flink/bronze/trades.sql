INSERT INTO lake.${bronze}.trades
SELECT
  market,
  symbol,
  trade_id,
  price,
  quantity,
  taker_side,
  missing_before,
  TO_TIMESTAMP_LTZ(event_time_ms, 3),
  TO_TIMESTAMP_LTZ(receive_time_ms, 3),
  source,
  schema_version
FROM trades_binance_spot
WHERE kind = 'trade'
