-- Refused records between two reviews, by connector and reason, with the newest of each as an example.
SELECT
  connector,
  reason,
  count(*) AS letters,
  count(DISTINCT symbol) AS symbols,
  min(receive_time) AS first_at,
  max(receive_time) AS last_at,
  max_by(symbol, receive_time) AS example_symbol,
  max_by(detail, receive_time) AS example_detail,
  max_by(payload, receive_time) AS example_payload
FROM lake.${ops}.dead_letters
WHERE receive_time >= ${start} AND receive_time < ${end}
GROUP BY connector, reason
ORDER BY letters DESC, connector, reason
