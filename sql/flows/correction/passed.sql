-- sql/flows/correction/passed.sql
-- How far a stream has written a table's windows, by market, among those of a span. It writes them in
-- order of time, so it will write none before that.
SELECT market, CAST(to_unixtime(max(window_end)) * 1000 AS BIGINT) AS until_ms
FROM lake.${silver}.${table}
WHERE window_start >= ${start} AND window_start < ${end}
GROUP BY market
