-- sql/flows/correction/pairs.sql
-- Each recomputed window of the ranges beside the one that is kept, and what becomes of it.
-- A window that the stream has not passed yet is left to the stream, which would write it a second
-- time. One that only a gap had touched has no row any more once the gap is filled. An empty window of
-- which nothing is known gets no row that it did not have, and one whose trades `bronze` does not have
-- yet keeps them.
  SELECT
    pairs.*,
    CASE
      WHEN is_kept IS NULL AND ${is_empty_unknown} THEN 'left'
      WHEN is_kept IS NULL THEN 'inserted'
      WHEN is_made IS NULL AND ${is_gap_only} THEN 'withdrawn'
      WHEN is_made IS NULL OR ${is_unknown_loss} THEN 'surplus'
      WHEN ${value_differs} THEN 'corrected'
      ELSE 'unchanged'
    END AS action
  FROM (
    SELECT
      coalesce(made.market, kept.market) AS market,
      coalesce(made.symbol, kept.symbol) AS symbol,
      coalesce(made.window_start, kept.window_start) AS window_start,
      made.is_made,
      kept.is_kept,
      ${made_columns},
      ${kept_columns}
    FROM (
      SELECT staged.*, TRUE AS is_made
      FROM lake.${staging}.${table} AS staged
      LEFT JOIN (
        VALUES
        ${passed}
      ) AS passed (market, until)
        ON passed.market = staged.market
      WHERE ${without_stream} OR staged.window_end <= passed.until
    ) AS made
    FULL JOIN (
      SELECT
        silver.*,
        TRUE AS is_kept,
        row_number() OVER (
          PARTITION BY silver.market, silver.symbol, silver.window_start
          ORDER BY silver.computed_at_ms
        ) AS copy
      FROM lake.${silver}.${table} AS silver
      JOIN (
        VALUES
        ${ranges}
      ) AS touched (market, symbol, from_time, to_time)
        ON silver.market = touched.market
        AND silver.symbol = touched.symbol
        AND silver.window_start >= touched.from_time
        AND silver.window_start < touched.to_time
      LEFT JOIN (
        VALUES
        ${passed}
      ) AS passed (market, until)
        ON passed.market = silver.market
      WHERE silver.window_start >= ${start}
        AND silver.window_start < ${end}
        AND (${without_stream} OR silver.window_end <= passed.until)
    ) AS kept
      ON made.market = kept.market
      AND made.symbol = kept.symbol
      AND made.window_start = kept.window_start
    WHERE coalesce(kept.copy, 1) = 1
  ) AS pairs
