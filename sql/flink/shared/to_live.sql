-- The key is the document's `_id`, so writing a window again changes nothing.
INSERT INTO ${table}_live
SELECT
  market || '|' || symbol || '|${interval}|'
    || DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
  *
FROM ${table}
