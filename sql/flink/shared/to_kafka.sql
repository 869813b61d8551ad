-- Exact numbers travel as decimal strings.
INSERT INTO ${table}_topic
SELECT
  ${columns}
FROM ${table}
