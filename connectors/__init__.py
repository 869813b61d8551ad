"""Source connectors: from an exchange's protocol to Kafka, exactly once.

May import `market` and client libraries. Must not import the lake, the jobs or a front door.
"""
