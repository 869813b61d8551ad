"""A synthetic market with the shape of a real one: bursts, fat tails, and one order book a symbol.

Pure and seeded: the same seed, symbols and start give the same trades. No clock, no I/O.
"""
