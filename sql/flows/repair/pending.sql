-- sql/flows/repair/pending.sql
-- Gaps that are due: found and not yet dealt with, by this run or by one that was killed, and those
-- that the exchange did not give in full, once the time of the next look has come.
SELECT
  market,
  symbol,
  cause,
  from_id,
  to_id,
  from_time_ms,
  to_time_ms,
  coalesce(looks, 0) AS looks,
  CAST(to_unixtime(found_at) * 1000 AS BIGINT) AS found_at_ms,
  changed_at > found_at AS is_attempted
FROM lake.${ops}.repairs
WHERE ${symbols}
  AND (
    state = 'found' AND coalesce(next_look_at <= ${now}, TRUE)
    OR state = 'unrepairable' AND ${look_again}
  )
ORDER BY market, symbol, from_time_ms, from_id
