"""A synthetic market shaped like a real one: bursts, fat tails, one order book per symbol.

Pure and seeded: the same seed, symbols and start give the same trades. No clock, no I/O.
"""
