-- Each market is windowed by its own watermark; only what is done meets here.
SELECT * FROM ${relation}_binance_spot
UNION ALL
SELECT * FROM ${relation}_binance_usdm
