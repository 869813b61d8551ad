"""Kafka Connect's contract in Python: connectors, tasks, worker, offsets, exactly-once produce.

May import `market` and Kafka's client. Must not know any exchange.
"""
