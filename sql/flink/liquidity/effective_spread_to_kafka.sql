INSERT INTO effective_spread_1m_topic
SELECT *
FROM effective_spread_1m
