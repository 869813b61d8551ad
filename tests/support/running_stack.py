"""A real stack for tests: started once, on ports and in a folder of its own, stopped at the end.

With `TIDEMARK_TEST_STACK=running` the stack that the environment names is used as it is, and
left running.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stack.maven import lock
from stack.settings import Settings, read_settings
from stack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningStack:
    """A stack whose services are all ready.

    Attributes:
        settings: where everything is.
        environment: the variables with which a child process finds the same stack.
    """

    settings: Settings
    environment: dict[str, str]

    @property
    def kafka_bootstrap_servers(self) -> str:
        return self.settings.kafka.bootstrap_servers

    @property
    def mongodb_uri(self) -> str:
        return self.settings.mongodb.uri

    @property
    def flink_url(self) -> str:
        return self.settings.flink_url

    @property
    def trino_url(self) -> str:
        return self.settings.trino_url

    @property
    def iceberg_uri(self) -> str:
        return self.settings.object_store.iceberg_uri

    @property
    def s3_endpoint(self) -> str:
        return self.settings.object_store.endpoint


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """Return the session's stack."""
    if os.environ.get("TIDEMARK_TEST_STACK") == "running":
        Stack(read_settings()).up()
        yield RunningStack(read_settings(), dict(os.environ))
        return
    # Results reach the lake with a checkpoint, and most tests wait for them there.
    environment = {"TIDEMARK_CHECKPOINT_INTERVAL_S": "5"} | os.environ
    environment.setdefault("TIDEMARK_PORT_BASE", "21000")
    # The home is never the developer's own: it is emptied first.
    home = ROOT / "build" / f"integration-stack-{environment['TIDEMARK_PORT_BASE']}"
    environment["TIDEMARK_HOME"] = str(home)
    settings = read_settings(environment)
    stack = Stack(settings)
    # Another session with the same ports is waited for.
    with lock(home.with_suffix(".lock")):
        stack.down(wipe=True)
        try:
            stack.up()
            yield RunningStack(settings, environment)
        finally:
            stack.down()
