"""Binance: the protocol without I/O, thin clients for socket and REST, and one task a feed."""
