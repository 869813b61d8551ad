-- sql/lake/repair/pending.sql
-- Holes that were found and not yet dealt with, by this run or by one that was killed.
SELECT market, symbol, cause, from_id, to_id, from_time_ms, to_time_ms
FROM lake.${ops}.repairs
WHERE state = 'found' AND ${symbols}
ORDER BY market, symbol, from_time_ms, from_id
