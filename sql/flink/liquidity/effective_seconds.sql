-- Each second of a book can be judged by its own records, so a trade finds the mid of its time in the
-- book's window of its own second: no state is kept beyond it.
SELECT
  market,
  symbol,
  event_time,
  spread.bps_sum AS bps_sum,
  spread.quoted_trade_count AS quoted_trade_count,
  trade_count,
  lacking_count
FROM (
  SELECT
    traded.market,
    traded.symbol,
    traded.window_time AS event_time,
    EFFECTIVE_SPREAD(quoted.book.mids, traded.trades) AS spread,
    traded.trade_count,
    traded.lacking_count
  FROM ${trades} AS traded
  LEFT JOIN ${windows} AS quoted
    ON traded.market = quoted.market
    AND traded.symbol = quoted.symbol
    AND traded.window_start = quoted.window_start
    AND traded.window_end = quoted.window_end
)
