"""Feeds turn what an exchange sends into records of known completeness; they know no exchange.

What lives here: connections and their groups, the exchange's clock, proven time, the feeds of
trades and of books. What must not live here: addresses, stream names, JSON keys, sockets, threads.
"""
