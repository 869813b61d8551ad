"""The catalogue of environment variables: every setting and secret of every process, once.

`docs/settings.md` is made from it. Nothing else names a default or a bound. Standard library only:
Flink's environment has no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from market.errors import TidemarkError, UnknownNameError


class SettingsError(TidemarkError):
    """An environment variable that cannot be used; nothing has been started."""


class Kind(StrEnum):
    """What a variable holds."""

    TEXT = "text"
    URL = "address"
    PATH = "path"
    NUMBER = "number"
    PORT = "port"
    MEGABYTES = "MiB"


class Reader(StrEnum):
    """Who reads a variable."""

    STACK = "command line and local stack"
    CONNECTORS = "connectors"
    JOBS = "Flink jobs"
    FLOWS = "flows"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable.

    Attributes:
        default: what holds when it is not set, in words where it is derived.
        readers: who reads it.
        least, most: bounds of a number.
        is_secret: True for what must be in no log and no page.
    """

    name: str
    kind: Kind
    default: str
    description: str
    readers: tuple[Reader, ...]
    least: int = 0
    most: int = 0
    is_secret: bool = False


_ALL_READERS = tuple(Reader)
_DATA_READERS = (Reader.STACK, Reader.JOBS, Reader.FLOWS)
_STACK = (Reader.STACK,)
_LOWEST_PORT, _HIGHEST_PORT = 1_024, 65_535
_LEAST_MB, _MOST_MB = 64, 262_144


def _port(name: str, usual: int, what: str) -> Variable:
    return Variable(
        f"TIDEMARK_{name}", Kind.PORT, str(usual), f"Port of {what}.", _STACK, _LOWEST_PORT,
        _HIGHEST_PORT,
    )  # fmt: skip


def _memory(name: str, usual: int, what: str) -> Variable:
    return Variable(
        f"TIDEMARK_{name}_MEMORY_MB", Kind.MEGABYTES, str(usual), f"Memory of {what}.", _STACK,
        _LEAST_MB, _MOST_MB,
    )  # fmt: skip


CATALOGUE: dict[str, Variable] = {
    one.name: one
    for one in (
        Variable(
            "TIDEMARK_NAMESPACE",
            Kind.TEXT,
            "",
            "Prefix of every topic, database and table, so that pipelines share a stack.",
            _ALL_READERS,
        ),
        Variable(
            "KAFKA_BOOTSTRAP_SERVERS",
            Kind.TEXT,
            "the local broker",
            "Kafka's brokers; the stack starts none of its own when this is set.",
            _ALL_READERS,
        ),
        Variable(
            "MONGODB_URI",
            Kind.URL,
            "the local server",
            "MongoDB, with its credentials; the stack starts none of its own when this is set.",
            _DATA_READERS,
            is_secret=True,
        ),
        Variable(
            "S3_ENDPOINT",
            Kind.URL,
            "the local store",
            "The object store; with it `ICEBERG_REST_URI` and both keys must be set.",
            _DATA_READERS,
        ),
        Variable(
            "ICEBERG_REST_URI", Kind.URL, "the local catalog", "Iceberg's catalog.", _DATA_READERS
        ),
        Variable(
            "ICEBERG_WAREHOUSE", Kind.TEXT, "s3://lake", "The catalog's warehouse.", _DATA_READERS
        ),
        Variable(
            "S3_ACCESS_KEY",
            Kind.TEXT,
            "tidemark",
            "Key of the object store and the catalog.",
            _DATA_READERS,
        ),
        Variable(
            "S3_SECRET_KEY",
            Kind.TEXT,
            "tidemark-local",
            "Secret of the object store and the catalog.",
            _DATA_READERS,
            is_secret=True,
        ),
        Variable("S3_REGION", Kind.TEXT, "us-east-1", "The object store's region.", _DATA_READERS),
        Variable(
            "TIDEMARK_EXCHANGE",
            Kind.TEXT,
            "",
            "Where flows ask the exchange: `live`, a simulator's address, or nowhere when empty.",
            (Reader.STACK, Reader.FLOWS),
        ),
        Variable("TRINO_URL", Kind.URL, "the local server", "Trino.", (Reader.FLOWS,)),
        Variable("FLINK_URL", Kind.URL, "the local cluster", "Flink's REST.", (Reader.FLOWS,)),
        Variable(
            "FLINK_JOB_JARS", Kind.PATH, "build/jobs", "Folder of the jobs' jars.", (Reader.FLOWS,)
        ),
        Variable(
            "CONNECT_URL",
            Kind.URL,
            "",
            "REST of the connectors, which the flow `watch` asks; none when empty.",
            (Reader.FLOWS,),
        ),
        Variable(
            "TIDEMARK_HOME",
            Kind.PATH,
            "the checkout's .tidemark",
            "All state of one stack; removing it removes everything.",
            (Reader.STACK, Reader.CONNECTORS),
        ),
        Variable(
            "TIDEMARK_CACHE",
            Kind.PATH,
            "~/.cache/tidemark",
            "Downloads, shared by all stacks of a user.",
            _STACK,
        ),
        Variable(
            "TIDEMARK_FLINK_ENVIRONMENT",
            Kind.PATH,
            "the checkout's .venv-flink",
            "The Python environment that holds Flink.",
            _STACK,
        ),
        Variable(
            "TIDEMARK_FLINK_SLOTS", Kind.NUMBER, "12", "Slots of the TaskManager.", _STACK, 1, 64
        ),
        Variable(
            "TIDEMARK_CHECKPOINT_INTERVAL_S",
            Kind.NUMBER,
            "10",
            "Seconds between two checkpoints.",
            _STACK,
            1,
            3_600,
        ),
        _memory("KAFKA", 512, "Kafka's heap"),
        _memory("JOBMANAGER", 1_024, "the JobManager"),
        _memory("TASKMANAGER", 2_304, "the TaskManager"),
        _memory("TRINO", 1_280, "Trino's heap"),
        Variable(
            "TIDEMARK_PORT_BASE",
            Kind.PORT,
            "",
            "Moves all ports together: Kafka's is this one, the others follow it.",
            _STACK,
            _LOWEST_PORT,
            _HIGHEST_PORT,
        ),
        _port("KAFKA_PORT", 9_092, "Kafka; the next one is the controller's"),
        _port("FLINK_PORT", 8_081, "Flink's web UI and REST"),
        _port("TRINO_PORT", 8_080, "Trino"),
        _port("CONNECT_PORT", 8_083, "the connectors' REST"),
        _port("MONGODB_PORT", 27_017, "MongoDB"),
        _port("S3_PORT", 8_333, "S3"),
        _port("ICEBERG_PORT", 8_181, "the Iceberg catalog"),
        _port("SIMULATOR_PORT", 9_443, "the simulator"),
        _port("PREFECT_PORT", 4_200, "Prefect's dashboard"),
        _port("INTERNAL_PORT_BASE", 18_500, "the first of forty internal ones"),
    )
}
"""Every variable by name."""


class Variables:
    """Typed access to the environment.

    Args:
        environment: the variables; an empty value counts as not set.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in environment.items() if value}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str:
        """Return a variable's text, or its default.

        Args:
            name: in the catalogue.
            default: where the catalogue's is only described.

        Raises:
            UnknownNameError: the catalogue has no such variable.
        """
        usual = _of(name).default if default is None else default
        return self._values.get(name, usual)

    def required(self, name: str, whose: str) -> str:
        """Return the text of a variable that must be set.

        Args:
            name: in the catalogue.
            whose: environment it is, such as ``the JobManager's``.

        Raises:
            SettingsError: it is not set.
            UnknownNameError: the catalogue has no such variable.
        """
        if name not in self._values:
            raise SettingsError(
                f"environment variable {_of(name).name}: expected a value, found none; {whose} "
                "environment must hold it (the local stack sets it)"
            )
        return self.text(name)

    def path(self, name: str, default: Path | None = None) -> Path:
        """Return an absolute path; ``~`` is the user's home."""
        return (
            Path(self.text(name, None if default is None else str(default))).expanduser().absolute()
        )

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number within its bounds.

        Raises:
            SettingsError: the text is not such a number.
        """
        variable = _of(name)
        text = self.text(name, None if default is None else str(default))
        if not text.isdecimal() or not variable.least <= int(text) <= variable.most:
            raise SettingsError(
                f"{name}={text!r}: expected a whole number from {variable.least} to {variable.most}"
            )
        return int(text)


def _of(name: str) -> Variable:
    if name not in CATALOGUE:
        raise UnknownNameError(
            f"no environment variable is named {name!r}; add it to stores/environment.py"
        )
    return CATALOGUE[name]
