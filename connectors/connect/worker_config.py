"""Configuration of the worker, and the keys common to all connectors: keys, files, environment.

No other module of the connectors reads environment variables, except for the folder of
`connectors.binance.ban_memory`, which the flows share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from connectors.connect.config import Key, Settings, parse
from connectors.connect.errors import ConfigError
from market.dictionary.names import Namespace

WORKER_KEYS = (
    Key("bootstrap.servers", "127.0.0.1:9092", "The broker's addresses, host:port,host:port."),
    Key("group.id", "tidemark", "Name of this worker; part of every transactional id."),
    Key("namespace", "", "Prefix of every topic; empty for the product's own."),
    Key("rest.host", "127.0.0.1", "Address that the status page listens on."),
    Key("rest.port", "8083", "Port of the status page; 0 takes any free one.", 0, 65_535),
    Key("transaction.interval.ms", "100", "Longest time that a record waits for its commit.", 10),
    Key("transaction.max.records", "5000", "Records after which a commit no longer waits.", 1),
    Key("task.shutdown.graceful.timeout.ms", "5000", "Time that tasks get to stop cleanly.", 100),
    Key("restart.backoff.ms", "500", "First delay before a failed task restarts.", 1),
    Key("restart.backoff.max.ms", "60000", "Longest delay before a failed task restarts.", 1),
)

ENVIRONMENT = {
    "KAFKA_BOOTSTRAP_SERVERS": "bootstrap.servers",
    "TIDEMARK_NAMESPACE": "namespace",
}
"""Variables that override the worker's file, and the key that each sets."""

COMMON_KEYS = (
    Key("connector.class", None, "Dotted path of the connector's class."),
    Key("tasks.max", "1", "Most tasks that the connector may use.", 1),
    Key(
        "exactly.once.support",
        "required",
        "Records and offsets are always one transaction here; both words are accepted.",
        choices=("requested", "required"),
    ),
)


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """How one worker runs; times in seconds."""

    bootstrap_servers: str
    group_id: str
    namespace: Namespace
    rest_host: str
    rest_port: int
    transaction_interval_s: float
    transaction_max_records: int
    shutdown_timeout_s: float
    restart_backoff_s: float
    restart_backoff_max_s: float


@dataclass(frozen=True, slots=True)
class ConnectorFile:
    """A connector's name and its configuration as written."""

    name: str
    config: Mapping[str, object]


def read_worker_config(path: Path, environment: Mapping[str, str]) -> WorkerConfig:
    """Read a worker's file, overridden by the environment.

    Raises:
        ConfigError: the file cannot be read, or holds bad or unknown keys.
        UnknownNameError: the namespace is malformed.
    """
    overrides = {key: environment[name] for name, key in ENVIRONMENT.items() if name in environment}
    settings = parse(str(path), WORKER_KEYS, _read_object(path) | overrides)
    return WorkerConfig(
        bootstrap_servers=settings.text("bootstrap.servers"),
        group_id=settings.text("group.id"),
        namespace=Namespace(settings.text("namespace")),
        rest_host=settings.text("rest.host"),
        rest_port=settings.integer("rest.port"),
        transaction_interval_s=settings.seconds("transaction.interval.ms"),
        transaction_max_records=settings.integer("transaction.max.records"),
        shutdown_timeout_s=settings.seconds("task.shutdown.graceful.timeout.ms"),
        restart_backoff_s=settings.seconds("restart.backoff.ms"),
        restart_backoff_max_s=settings.seconds("restart.backoff.max.ms"),
    )


def read_connector_file(path: Path) -> ConnectorFile:
    """Read ``{"name": ..., "config": {...}}``.

    Raises:
        ConfigError: the file cannot be read or is malformed.
    """
    content = _read_object(path)
    name, config = content.get("name"), content.get("config")
    if not isinstance(name, str) or not name or not isinstance(config, dict):
        raise ConfigError(
            str(path),
            [f'expected {{"name": "...", "config": {{...}}}}, found keys {sorted(content)}'],
        )
    return ConnectorFile(name, config)


def _read_object(path: Path) -> dict[str, object]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise ConfigError(str(path), [f"expected a readable file, {error.strerror}"]) from error
    except msgspec.DecodeError as error:
        raise ConfigError(str(path), [f"expected a JSON object: {error}"]) from error


def parse_connector(name: str, keys: tuple[Key, ...], config: Mapping[str, object]) -> Settings:
    """Check a connector's configuration against the common keys and its own.

    Raises:
        ConfigError: unknown, missing and bad keys, all of them.
    """
    return parse(f"connector {name}", COMMON_KEYS + keys, config)
