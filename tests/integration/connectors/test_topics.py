from dataclasses import replace

import pytest

from connectors.connect.errors import TopicMismatchError
from connectors.connect.topics import ensure_topics
from market.dictionary.names import Namespace
from market.dictionary.topics import CONNECT_OFFSETS, TOPICS, TRADES

TRADES_TOPIC = "trades.binance-spot"

SPOT_TRADES = TRADES["binance-spot"]


def test_missing_topics_are_created_and_existing_ones_left(
    bootstrap_servers: str, namespace: Namespace
) -> None:
    first = ensure_topics(bootstrap_servers, [SPOT_TRADES, CONNECT_OFFSETS], namespace)
    assert first == (namespace.topic(TRADES_TOPIC), namespace.topic("connect_offsets"))
    rest = ensure_topics(bootstrap_servers, TOPICS.values(), namespace)
    assert set(rest) == {namespace.topic(name) for name in TOPICS} - set(first)
    assert ensure_topics(bootstrap_servers, TOPICS.values(), namespace) == ()


def test_topics_that_differ_are_refused_with_every_difference(
    bootstrap_servers: str, namespace: Namespace
) -> None:
    other = replace(SPOT_TRADES, partitions=2, retention_ms=1_000)
    ensure_topics(bootstrap_servers, [other], namespace)
    with pytest.raises(TopicMismatchError) as caught:
        ensure_topics(bootstrap_servers, [SPOT_TRADES], namespace)
    name = namespace.topic(TRADES_TOPIC)
    partitions, retention = str(caught.value).splitlines()
    assert partitions.startswith(f"topic {name}: expected 4 partitions, found 2; move its records")
    assert f"expected retention.ms={TRADES['binance-spot'].retention_ms}, found 1000" in retention


def test_two_namespaces_do_not_meet(bootstrap_servers: str, namespace: Namespace) -> None:
    ensure_topics(bootstrap_servers, [SPOT_TRADES], namespace)
    neighbour = Namespace(namespace.prefix + "b")
    assert ensure_topics(bootstrap_servers, [SPOT_TRADES], neighbour) == (
        neighbour.topic(TRADES_TOPIC),
    )
