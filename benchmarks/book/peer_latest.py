"""Peer: the newest quote of each symbol by hand, from the same topic into the same store.

One Python process that reads committed records and upserts what each batch left. It computes
spread, imbalances and microprice as floats and keeps no offset.

usage: peer_latest BOOTSTRAP TOPIC MONGODB DATABASE COLLECTION
"""

import sys
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient, ReplaceOne

_POLL_MS = 50


def _document(top: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: float(top[name]) for name in top if name.startswith(("bid", "ask"))}
    bid, ask = numbers["bid_price"], numbers["ask_price"]
    bid_size, ask_size = numbers["bid_size"], numbers["ask_size"]
    document = {
        "_id": f"{top['market']}|{top['symbol']}",
        "spread_bps": 20_000 * (ask - bid) / (ask + bid),
        "microprice": (ask * bid_size + bid * ask_size) / (bid_size + ask_size),
        "quote_time_ms": top.get("quote_time_ms"),
        "event_time_ms": top["event_time_ms"],
        "last_update_id": top["last_update_id"],
    }
    return document | numbers


def main() -> None:
    """Read from now on until the process is ended."""
    bootstrap_servers, topic, mongodb, database, collection = sys.argv[1:]
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    partitions = [TopicPartition(topic, one) for one in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_end()
    decode = msgspec.json.Decoder().decode
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb)
    target = client[database][collection]
    while True:
        newest: dict[str, dict[str, Any]] = {}
        for messages in consumer.poll(_POLL_MS).values():
            for message in messages:
                top = decode(message.value)
                if top["kind"] == "top":
                    newest[top["symbol"]] = top
        documents = [_document(top) for top in newest.values()]
        if documents:
            writes = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
            target.bulk_write(writes, ordered=False)


if __name__ == "__main__":
    main()
