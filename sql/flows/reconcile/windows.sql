-- sql/flows/reconcile/windows.sql
-- Candles of one interval against a recomputation from the trades: sums exact, quotients DOUBLE of
-- exact sums. The window of the newest trade may still grow, so the minutes before it are compared.
-- One that says that it is unknown may have fewer trades, until the repair has recomputed it.
WITH made AS (
  SELECT
    market,
    symbol,
    date_trunc('${unit}', event_time) AS window_start,
    BIGINT '1' AS copy,
    TRUE AS is_made,
    date_add('${unit}', 1, date_trunc('${unit}', event_time)) AS window_end,
    min_by(price, ROW(event_time, trade_id)) AS "open",
    max(price) AS high,
    min(price) AS low,
    max_by(price, ROW(event_time, trade_id)) AS "close",
    CAST(sum(price * quantity) AS DOUBLE) / CAST(sum(quantity) AS DOUBLE) AS vwap,
    sum(quantity) AS volume_base,
    sum(price * quantity) AS volume_quote,
    coalesce(sum(quantity) FILTER (WHERE taker_side = 'buy'), 0) AS taker_buy_volume_base,
    coalesce(sum(quantity) FILTER (WHERE taker_side = 'sell'), 0) AS taker_sell_volume_base,
    coalesce(sum(price * quantity) FILTER (WHERE taker_side = 'buy'), 0) AS taker_buy_volume_quote,
    coalesce(sum(price * quantity) FILTER (WHERE taker_side = 'sell'), 0)
      AS taker_sell_volume_quote,
    CAST(sum(if(taker_side = 'buy', quantity, -quantity)) AS DOUBLE)
      / CAST(sum(quantity) AS DOUBLE) AS trade_imbalance,
    count(*) AS trade_count,
    min(trade_id) AS first_trade_id,
    max(trade_id) AS last_trade_id,
    count_if(source = 'backfill') AS backfilled_trades
  FROM lake.${bronze}.trades
  WHERE event_time >= ${start} AND event_time < ${end} AND ${symbols}
  GROUP BY market, symbol, date_trunc('${unit}', event_time)
),
${reached},
pairs AS (
${pairs}
  -- A window that only a gap touches has no trades.
  WHERE is_made OR copy > 1 OR kept.trade_count > 0 OR kept.volume_base > 0
)
${counts}
