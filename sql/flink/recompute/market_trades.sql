-- What a market's topic `trades` would hold.
SELECT *
FROM trades
WHERE market = '${market}'
