"""Feeds: from what an exchange says to records whose completeness is known. Knows no exchange.

What lives here: connections and their groups, the exchange's clock, proven time, the feeds of
trades and of books. What must not live here: addresses, stream names, JSON keys, sockets, threads.
"""
