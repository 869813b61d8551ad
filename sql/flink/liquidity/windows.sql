SELECT
  market,
  symbol,
  window_start,
  window_end,
  window_time,
  BOOK_WINDOW(
    1000,
    BOOK_STATE(
      event_time_ms,
      book_sequence,
      is_known,
      is_lost,
      last_update_id,
      quote_time_ms,
      bid_price,
      bid_size,
      bid_size_sum_5,
      bid_size_sum_20,
      bid_depth_quote_10_bps,
      bid_depth_quote_25_bps,
      bid_depth_quote_50_bps,
      ask_price,
      ask_size,
      ask_size_sum_5,
      ask_size_sum_20,
      ask_depth_quote_10_bps,
      ask_depth_quote_25_bps,
      ask_depth_quote_50_bps
    )
  ) AS book
FROM TABLE(TUMBLE(TABLE ${books}, DESCRIPTOR(event_time), INTERVAL '1' SECOND))
GROUP BY market, symbol, window_start, window_end, window_time
