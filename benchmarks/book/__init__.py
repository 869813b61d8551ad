"""How fast, fresh and exact the books are, from the exchange's frames to MongoDB.

`measure` and what it wires run in the project's environment. The programs that produce to or read
from Kafka with `confluent_kafka` run in `.venv-bench`: they, and what they share with the rest, are
limited to `msgspec`, the standard library, `market` and the candles' meter and windows.
"""
