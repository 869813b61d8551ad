-- sql/flows/correction/changes.sql
-- What a correction would do, by symbol: nothing when all but `unchanged` is 0.
SELECT
  market,
  symbol,
  count_if(action = 'unchanged') AS unchanged,
  count_if(action = 'corrected') AS corrected,
  count_if(action = 'inserted') AS inserted,
  count_if(action = 'withdrawn') AS withdrawn,
  count_if(action = 'surplus') AS surplus
FROM (
${pairs}
)
GROUP BY market, symbol
ORDER BY market, symbol
