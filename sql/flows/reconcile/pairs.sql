  -- sql/flows/reconcile/pairs.sql
  -- Each window that should be there beside the one that is, as far as the lake has come. Of a
  -- window that is there twice, only the first copy has a partner. Values of a window that claims
  -- nothing are not compared.
  SELECT
    market,
    symbol,
    window_start,
    until,
    is_made,
    is_kept,
    if(is_made AND is_kept AND ${claimed}, ${differing}) AS differing
  FROM made
  FULL JOIN kept USING (market, symbol, window_start, copy)
  JOIN passed USING (market, symbol)
