"""Settings of topics, and offsets as they are kept in one."""

from dataclasses import replace

import pytest

from connectors.connect.offsets import encode_key, encode_offset, fold
from connectors.connect.topics import TopicSettings, differences, settings_of
from market.dictionary.names import Namespace
from market.dictionary.topics import CONNECT_OFFSETS, TOPICS, TRADES
from market.errors import MalformedRecordError

EXPECTED = settings_of(TRADES["binance-spot"], Namespace("check"))

BTC = {"market": "binance-spot", "symbol": "BTCUSDT"}
ETH = {"market": "binance-spot", "symbol": "ETHUSDT"}


def test_settings_follow_the_dictionary() -> None:
    assert settings_of(TRADES["binance-spot"], Namespace("check")) == TopicSettings(
        "check.trades.binance-spot",
        TRADES["binance-spot"].partitions,
        {
            "compression.type": "lz4",
            "cleanup.policy": "delete",
            "retention.ms": str(TRADES["binance-spot"].retention_ms),
        },
    )


def test_offsets_are_compacted_and_have_no_retention() -> None:
    configs = settings_of(CONNECT_OFFSETS, Namespace()).configs
    assert configs["cleanup.policy"] == "compact"
    assert "retention.ms" not in configs


def test_every_topic_has_settings() -> None:
    names = {settings_of(topic, Namespace()).name for topic in TOPICS.values()}
    assert names == set(TOPICS)


def test_a_topic_as_expected_has_no_difference() -> None:
    assert differences(EXPECTED, EXPECTED) == []


def test_other_partitions_are_reported_with_what_to_do() -> None:
    (problem,) = differences(EXPECTED, replace(EXPECTED, partitions=1))
    assert problem.startswith("topic check.trades.binance-spot: expected 4 partitions, found 1")


def test_every_other_setting_is_reported() -> None:
    found = replace(EXPECTED, configs=dict(EXPECTED.configs) | {"retention.ms": "5"})
    (problem,) = differences(EXPECTED, found)
    assert "expected retention.ms=604800000, found 5; alter" in problem


def test_a_key_is_connects_pair_of_connector_and_partition() -> None:
    assert encode_key("spot", BTC) == b'["spot",{"market":"binance-spot","symbol":"BTCUSDT"}]'


def test_equal_partitions_have_equal_keys_whatever_their_order() -> None:
    turned = dict(reversed(BTC.items()))
    assert encode_key("spot", turned) == encode_key("spot", BTC)


def test_the_last_offset_of_a_partition_counts() -> None:
    key = encode_key("spot", BTC)
    offsets = fold("spot", [(key, b'{"trade_id":1}'), (key, encode_offset({"trade_id": 2}))])
    assert offsets.of(BTC) == {"trade_id": 2}
    assert offsets.of(ETH) is None


def test_a_tombstone_makes_a_partition_new() -> None:
    key = encode_key("spot", BTC)
    assert fold("spot", [(key, b'{"trade_id":1}'), (key, None)]).of(BTC) is None


def test_another_connectors_offsets_are_not_ours() -> None:
    assert fold("spot", [(encode_key("other", BTC), b'{"trade_id":1}')]).of(BTC) is None


def test_an_unreadable_offset_says_whose_it_is_and_what_to_do() -> None:
    offsets = fold("spot", [(encode_key("spot", BTC), b"[1]")])
    with pytest.raises(MalformedRecordError, match=r"spot .*BTCUSDT.*write a tombstone"):
        offsets.of(BTC)
