-- Trades and gap markers; heartbeats have done their work once the watermark has passed them.
SELECT *
FROM trades
WHERE kind <> 'heartbeat'
