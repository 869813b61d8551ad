"""The settings: one tree of frozen values, read from the environment once and passed on.

Nothing else in `tidemark` reads the environment. No service is contacted and no file is touched
here; which variables there are is said in `stores.environment`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.dictionary.names import Namespace
from stack.ports import Ports
from stores.environment import SettingsError, Variables

LOOPBACK = "127.0.0.1"
"""Where every local service listens: none of them authenticates callers."""

WAREHOUSE = "s3://lake"
"""The table bucket that holds the Iceberg tables."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker: where it is, and whether it is run elsewhere."""

    bootstrap_servers: str
    external: bool
    heap_mb: int


@dataclass(frozen=True, slots=True)
class MongoDb:
    """The store of current windows."""

    uri: str
    external: bool


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """S3 and the Iceberg REST catalog over it."""

    endpoint: str
    iceberg_uri: str
    access_key: str
    secret_key: str
    region: str
    external: bool

    @property
    def credential(self) -> str:
        """The catalog's OAuth2 client credential."""
        return f"{self.access_key}:{self.secret_key}"


@dataclass(frozen=True, slots=True)
class Flink:
    """The session cluster."""

    task_slots: int
    jobmanager_mb: int
    taskmanager_mb: int
    checkpoint_interval_s: int
    environment: Path
    """The Python environment that holds Flink itself and runs the jobs' Python."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, for one process."""

    root: Path
    """The checkout: sources, templates and environments are found from here."""
    home: Path
    """All state of one stack; removing it removes everything."""
    cache: Path
    """Downloads, shared by all stacks of a user."""
    namespace: Namespace
    ports: Ports
    kafka: Kafka
    mongodb: MongoDb
    object_store: ObjectStore
    flink: Flink
    trino_heap_mb: int
    exchange: str = ""
    """Where flows ask the exchange: ``live``, a simulator's address, or empty for nowhere."""

    @property
    def flink_url(self) -> str:
        """Where Flink's REST API and web UI are."""
        return f"http://{LOOPBACK}:{self.ports.flink}"

    @property
    def trino_url(self) -> str:
        """Where Trino answers."""
        return f"http://{LOOPBACK}:{self.ports.trino}"

    @property
    def prefect_url(self) -> str:
        """Where Prefect's dashboard is; its API is below ``/api``."""
        return f"http://{LOOPBACK}:{self.ports.prefect}"

    @property
    def job_jars(self) -> Path:
        """Folder of the jobs' jars."""
        return self.root / "build" / "jobs"

    def job_environment(self) -> dict[str, str]:
        """Return the variables that Flink jobs and connectors read."""
        store = self.object_store
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "MONGODB_URI": self.mongodb.uri,
            "ICEBERG_REST_URI": store.iceberg_uri,
            "ICEBERG_WAREHOUSE": WAREHOUSE,
            "ICEBERG_CREDENTIAL": store.credential,
            "S3_ENDPOINT": store.endpoint,
            "S3_ACCESS_KEY": store.access_key,
            "S3_SECRET_KEY": store.secret_key,
            "S3_REGION": store.region,
            "TIDEMARK_NAMESPACE": self.namespace.prefix,
        }

    def prefect_environment(self) -> dict[str, str]:
        """Return the variables of every process of Prefect: its state, and nothing sent away."""
        return {
            "DO_NOT_TRACK": "1",
            "NO_PROXY": LOOPBACK,
            "PREFECT_API_URL": f"{self.prefect_url}/api",
            "PREFECT_HOME": str(self.home / "prefect"),
            # In memory, Prefect's default, a restarted server forgets which run holds which slot:
            # the run crashes when it asks again, and its slot stays taken.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
                "prefect.server.concurrency.lease_storage.filesystem"
            ),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            # Whoever starts a run watches it; every ten seconds, the default, is late for that.
            "PREFECT_WORKER_QUERY_SECONDS": "2",
        }

    def flow_environment(self) -> dict[str, str]:
        """Return the variables that flows read, and those of Prefect around them."""
        own = {
            "TRINO_URL": self.trino_url,
            "FLINK_URL": self.flink_url,
            "CONNECT_URL": f"http://{LOOPBACK}:{self.ports.connect}",
            "FLINK_JOB_JARS": str(self.job_jars),
            "TIDEMARK_EXCHANGE": self.exchange,
        }
        return self.job_environment() | self.prefect_environment() | own


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: the variables; the process's own when not given.

    Raises:
        SettingsError: a variable cannot be used.
        UnknownNameError: `TIDEMARK_NAMESPACE` is not a namespace.
    """
    variables = Variables(os.environ if environment is None else environment)
    root = Path(__file__).resolve().parents[1]
    ports = Ports.read(variables)
    return Settings(
        root=root,
        home=variables.path("TIDEMARK_HOME", root / ".tidemark"),
        cache=variables.path("TIDEMARK_CACHE"),
        namespace=Namespace(variables.text("TIDEMARK_NAMESPACE")),
        ports=ports,
        kafka=_kafka(variables, ports),
        mongodb=_mongodb(variables, ports),
        object_store=_object_store(variables, ports),
        flink=_flink(variables, root),
        trino_heap_mb=variables.number("TIDEMARK_TRINO_MEMORY_MB"),
        exchange=variables.text("TIDEMARK_EXCHANGE"),
    )


def _kafka(variables: Variables, ports: Ports) -> Kafka:
    name = "KAFKA_BOOTSTRAP_SERVERS"
    return Kafka(
        bootstrap_servers=variables.text(name, f"{LOOPBACK}:{ports.kafka}"),
        external=name in variables,
        heap_mb=variables.number("TIDEMARK_KAFKA_MEMORY_MB"),
    )


def _mongodb(variables: Variables, ports: Ports) -> MongoDb:
    return MongoDb(
        uri=variables.text("MONGODB_URI", f"mongodb://{LOOPBACK}:{ports.mongodb}"),
        external="MONGODB_URI" in variables,
    )


def _object_store(variables: Variables, ports: Ports) -> ObjectStore:
    addresses = ("S3_ENDPOINT", "ICEBERG_REST_URI")
    external = any(name in variables for name in addresses)
    required = (*addresses, "S3_ACCESS_KEY", "S3_SECRET_KEY")
    missing = [name for name in required if name not in variables]
    if external and missing:
        raise SettingsError(
            f"object store: expected, when {' or '.join(addresses)} is set, "
            f"{', '.join(required)} together, found no {', '.join(missing)}"
        )
    return ObjectStore(
        endpoint=variables.text("S3_ENDPOINT", f"http://{LOOPBACK}:{ports.s3}"),
        iceberg_uri=variables.text("ICEBERG_REST_URI", f"http://{LOOPBACK}:{ports.iceberg}"),
        access_key=variables.text("S3_ACCESS_KEY"),
        secret_key=variables.text("S3_SECRET_KEY"),
        region=variables.text("S3_REGION"),
        external=external,
    )


def _flink(variables: Variables, root: Path) -> Flink:
    return Flink(
        task_slots=variables.number("TIDEMARK_FLINK_SLOTS"),
        jobmanager_mb=variables.number("TIDEMARK_JOBMANAGER_MEMORY_MB"),
        taskmanager_mb=variables.number("TIDEMARK_TASKMANAGER_MEMORY_MB"),
        checkpoint_interval_s=variables.number("TIDEMARK_CHECKPOINT_INTERVAL_S"),
        environment=variables.path("TIDEMARK_FLINK_ENVIRONMENT", root / ".venv-flink"),
    )
