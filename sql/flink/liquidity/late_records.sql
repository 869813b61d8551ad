INSERT INTO late_records_topic
SELECT * FROM late_books_binance_spot
UNION ALL
SELECT * FROM late_books_binance_usdm
UNION ALL
SELECT * FROM late_trades
