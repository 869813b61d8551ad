known AS (
  -- sql/flows/rollup/known.sql
  -- Up to when a symbol's windows are over: its own minutes have come that far, or others of its
  -- market are an hour further, or a day has passed by our clock. A window that is over without
  -- minutes of its own up to its end does not say that it is whole.
  SELECT
    market,
    symbol,
    max(window_end) AS own_until,
    greatest(
      max(window_end),
      max(max(window_end)) OVER (PARTITION BY market) - INTERVAL '1' HOUR,
      ${now} - INTERVAL '1' DAY
    ) AS over_until
  FROM lake.${silver}.${source}
  WHERE window_start >= ${start}
  GROUP BY market, symbol
)