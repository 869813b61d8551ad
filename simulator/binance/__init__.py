"""Binance's protocol: stream names, control messages, REST answers, weights and errors."""
