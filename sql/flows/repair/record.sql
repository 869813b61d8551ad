-- sql/flows/repair/record.sql
-- Record what became of gaps: one row per gap, which keeps the time when it was found.
MERGE INTO lake.${ops}.repairs AS kept
USING (
  SELECT
    market,
    symbol,
    cause,
    CAST(from_id AS BIGINT) AS from_id,
    CAST(to_id AS BIGINT) AS to_id,
    CAST(from_time_ms AS BIGINT) AS from_time_ms,
    CAST(to_time_ms AS BIGINT) AS to_time_ms,
    state,
    CAST(reason AS VARCHAR) AS reason,
    CAST(detail AS VARCHAR) AS detail,
    CAST(fetched_trades AS BIGINT) AS fetched_trades,
    CAST(corrected_windows AS BIGINT) AS corrected_windows,
    CAST(looks AS BIGINT) AS looks,
    CAST(next_look_at AS TIMESTAMP(6) WITH TIME ZONE) AS next_look_at
  FROM (
    VALUES
      ${rows}
  ) AS listed (
    market, symbol, cause, from_id, to_id, from_time_ms, to_time_ms, state, reason, detail,
    fetched_trades, corrected_windows, looks, next_look_at
  )
) AS made
ON kept.market = made.market
  AND kept.symbol = made.symbol
  AND kept.cause = made.cause
  AND kept.from_id IS NOT DISTINCT FROM made.from_id
  AND kept.to_id IS NOT DISTINCT FROM made.to_id
  AND kept.from_time_ms = made.from_time_ms
  AND kept.to_time_ms = made.to_time_ms
WHEN MATCHED
  THEN UPDATE SET
    state = made.state,
    reason = made.reason,
    detail = made.detail,
    fetched_trades = made.fetched_trades,
    corrected_windows = made.corrected_windows,
    looks = made.looks,
    next_look_at = made.next_look_at,
    changed_at = ${now}
WHEN NOT MATCHED
  THEN INSERT (
    market, symbol, cause, from_id, to_id, from_time_ms, to_time_ms, state, reason, detail,
    fetched_trades, corrected_windows, looks, next_look_at, found_at, changed_at
  )
  VALUES (
    made.market, made.symbol, made.cause, made.from_id, made.to_id, made.from_time_ms,
    made.to_time_ms, made.state, made.reason, made.detail, made.fetched_trades,
    made.corrected_windows, made.looks, made.next_look_at, ${now}, ${now}
  )
