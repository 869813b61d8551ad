"""Topics as the dictionary defines them: created when missing, refused when they differ.

Used by the worker before its tasks start, and by the command line. Nothing is altered here: a
changed partition count would move keys, and a changed retention was somebody's decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from connectors.connect.errors import TopicMismatchError
from market.dictionary.names import Namespace
from market.dictionary.schemas import Topic

COMPRESSION = "lz4"
"""What all of our producers send, so that the broker stores batches unchanged."""

BOOTSTRAP_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """A topic's settings in Kafka."""

    name: str
    partitions: int
    configs: Mapping[str, str]


def settings_of(topic: Topic, namespace: Namespace) -> TopicSettings:
    """Return a topic's settings under Kafka's names."""
    configs = {"compression.type": COMPRESSION}
    if topic.compacted:
        configs["cleanup.policy"] = "compact"
    else:
        configs |= {"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)}
    return TopicSettings(namespace.topic(topic.name), topic.partitions, configs)


def differences(expected: TopicSettings, found: TopicSettings) -> list[str]:
    """Return one sentence for each setting that differs from what is expected."""
    problems = []
    if found.partitions != expected.partitions:
        problems.append(
            f"topic {expected.name}: expected {expected.partitions} partitions, found "
            f"{found.partitions}; move its records to a new topic, or delete it if they are "
            "replaceable"
        )
    problems += [
        f"topic {expected.name}: expected {name}={value}, found {found.configs.get(name)}; alter "
        "the topic's configuration, or market/dictionary/topics.py if the topic is right"
        for name, value in expected.configs.items()
        if found.configs.get(name) != value
    ]
    return problems


def ensure_topics(
    bootstrap_servers: str, topics: Iterable[Topic], namespace: Namespace
) -> tuple[str, ...]:
    """Create the topics that are missing and check the others.

    Args:
        bootstrap_servers: the broker's addresses, ``host:port`` comma-separated.
        topics: from `market.dictionary.topics`.
        namespace: prefix of the names.

    Returns:
        Full names of the topics that were created.

    Raises:
        TopicMismatchError: topics exist with other partitions or settings; lists all differences.
        KafkaError: the broker does not answer or refuses.
    """
    expected = [settings_of(topic, namespace) for topic in topics]
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS
    )
    try:
        existing = set(admin.list_topics())
        present = [settings for settings in expected if settings.name in existing]
        problems = [
            problem
            for settings, found in zip(present, _read(admin, present), strict=True)
            for problem in differences(settings, found)
        ]
        if problems:
            raise TopicMismatchError("\n".join(problems))
        return _create(admin, [settings for settings in expected if settings.name not in existing])
    finally:
        admin.close()


def _create(admin: KafkaAdminClient, missing: list[TopicSettings]) -> tuple[str, ...]:
    if not missing:
        return ()
    requests = {
        topic.name: {"num_partitions": topic.partitions, "configs": topic.configs}
        for topic in missing
    }
    answer = admin.create_topics(requests, raise_errors=False)
    created = []
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        if error is NoError:
            created.append(topic["name"])
        elif error is not TopicAlreadyExistsError:  # otherwise another process was faster
            raise error(f"topic {topic['name']}: {topic['error_message']}")
    admin.wait_for_topics(list(requests))
    return tuple(created)


def _read(admin: KafkaAdminClient, topics: list[TopicSettings]) -> list[TopicSettings]:
    """Return the settings that the broker has for topics that exist, in the same order."""
    if not topics:
        return []
    names = [topic.name for topic in topics]
    partitions = {one["name"]: len(one["partitions"]) for one in admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    configs: dict[str, Any] = admin.describe_configs(resources, config_filter="all")["topic"]
    return [
        TopicSettings(
            topic.name,
            partitions[topic.name],
            {name: configs[topic.name].get(name, {}).get("value") for name in topic.configs},
        )
        for topic in topics
    ]
