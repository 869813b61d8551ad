-- sql/flows/reconcile/trade_ids.sql
-- Every trade id between the first and the last of a range, exactly once. The last id before the
-- range is searched within a day, so that a gap at its start shows. Ids that a feed event reports as
-- left out are not missing here: their windows say so, and the repair knows them. Nor are those
-- between an old sequence and one that restarted below it.
WITH trades AS (
  SELECT market, symbol, trade_id, event_time
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} - INTERVAL '1' DAY AND event_time < ${end} AND ${symbols}
),
ids AS (
  SELECT market, symbol, trade_id, count(*) AS copies
  FROM trades
  WHERE event_time >= ${start}
  GROUP BY market, symbol, trade_id
  UNION ALL
  SELECT market, symbol, max(trade_id) AS trade_id, 0 AS copies
  FROM trades
  WHERE event_time < ${start}
  GROUP BY market, symbol
),
placed AS (
  SELECT *, lead(trade_id) OVER (PARTITION BY market, symbol ORDER BY trade_id) AS next_id
  FROM ids
),
-- Events may overlap; each counts only what those before it do not cover.
known AS (
  SELECT
    market,
    symbol,
    greatest(
      from_id,
      coalesce(
        max(to_id) OVER (
          PARTITION BY market, symbol
          ORDER BY from_id, to_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) + 1,
        from_id
      )
    ) AS from_id,
    to_id
  FROM (
    SELECT
      market,
      symbol,
      if(event = 'gap_left', from_id, to_id + 1) AS from_id,
      if(event = 'gap_left', to_id, from_id - 1) AS to_id
    FROM lake.${ops}.feed_events
    WHERE event IN ('gap_left', 'sequence_reset') AND ${symbols}
  )
  WHERE from_id <= to_id
),
gaps AS (
  SELECT
    placed.market AS market,
    placed.symbol AS symbol,
    placed.trade_id AS trade_id,
    placed.next_id - placed.trade_id - 1 AS absent,
    coalesce(
      sum(
        greatest(
          least(known.to_id, placed.next_id - 1) - greatest(known.from_id, placed.trade_id + 1) + 1,
          0
        )
      ),
      0
    ) AS told
  FROM placed
  LEFT JOIN known
    ON known.market = placed.market
    AND known.symbol = placed.symbol
    AND known.from_id < placed.next_id
    AND known.to_id > placed.trade_id
  WHERE placed.next_id > placed.trade_id + 1
  GROUP BY placed.market, placed.symbol, placed.trade_id, placed.next_id
),
faults AS (
  SELECT
    market,
    symbol,
    trade_id,
    0 AS told,
    copies - 1 AS surplus,
    0 AS missing,
    format('id %d stands %d times', trade_id, copies) AS note
  FROM ids
  WHERE copies > 1
  UNION ALL
  SELECT
    market,
    symbol,
    trade_id,
    told,
    0 AS surplus,
    absent - told AS missing,
    if(absent > told, format('%d missing after id %d', absent - told, trade_id)) AS note
  FROM gaps
),
counted AS (
  SELECT
    market,
    symbol,
    sum(told) AS told,
    sum(surplus) AS surplus,
    sum(missing) AS missing,
    array_join(min_by(note, trade_id, 5) FILTER (WHERE note IS NOT NULL), '; ') AS notes
  FROM faults
  GROUP BY market, symbol
),
found AS (
  SELECT market, symbol, sum(copies) AS copies, count(*) AS distinct_ids
  FROM ids
  WHERE copies > 0
  GROUP BY market, symbol
)
SELECT
  found.market AS market,
  found.symbol AS symbol,
  CAST(to_unixtime(${end}) * 1000 AS BIGINT) AS to_time_ms,
  found.distinct_ids + coalesce(counted.missing, 0) AS expected_rows,
  found.copies AS found_rows,
  coalesce(counted.missing, 0) AS missing_rows,
  coalesce(counted.surplus, 0) AS surplus_rows,
  0 AS wrong_rows,
  concat_ws(
    '; ',
    nullif(counted.notes, ''),
    if(counted.told > 0, format('%d left out as feed events tell', counted.told))
  ) AS detail
FROM found
LEFT JOIN counted ON counted.market = found.market AND counted.symbol = found.symbol
ORDER BY found.market, found.symbol
