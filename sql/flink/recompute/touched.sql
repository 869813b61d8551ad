-- The ranges to make again, and up to where to read around them: `read_from_ms` is the time of the last
-- trade before a range, `read_to_ms` that of the first one after it. Before `proven_ms` the exchange has
-- no other trades than those that are there.
SELECT *
FROM (VALUES ${ranges})
  AS t (market, symbol, from_time_ms, to_time_ms, read_from_ms, read_to_ms, proven_ms)
