-- sql/flows/report/symbols.sql
-- The symbols that a day has minutes of.
SELECT DISTINCT market, symbol
FROM lake.${silver}.candles_1m
WHERE window_start >= ${start} AND window_start < ${end} AND ${symbols}
ORDER BY market, symbol
