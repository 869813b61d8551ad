-- What a market's topic `book_tops` would hold of the ranges if all of it had come in time. Each
-- second begins with a record of its own, so nothing before a range is needed.
SELECT
  top.*,
  TO_TIMESTAMP_LTZ(event_time_ms, 3) AS event_time
FROM (
  SELECT
    ${columns}
  FROM lake.${bronze}.book_tops
  WHERE market = '${market}'
    AND symbol IN (${symbols})
    AND event_time >= TO_TIMESTAMP_LTZ(${first_ms}, 3)
    AND event_time <= TO_TIMESTAMP_LTZ(${last_ms}, 3)
) AS top
JOIN touched
  ON top.market = touched.market
  AND top.symbol = touched.symbol
  AND top.event_time_ms >= touched.from_time_ms
  AND top.event_time_ms < touched.to_time_ms
