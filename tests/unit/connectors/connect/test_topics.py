from dataclasses import replace

from connectors.connect.topics import TopicSettings, differences, settings_of
from market.dictionary.names import Namespace
from market.dictionary.topics import CONNECT_OFFSETS, TOPICS, TRADES

EXPECTED = settings_of(TRADES["binance-spot"], Namespace("check"))


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
