"""Binance's dialect: stream names, control messages, REST answers, weights and errors."""
