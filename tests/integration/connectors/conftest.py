"""A namespace of one's own on a real broker, and a worker process of one's own."""

import os
import uuid

import pytest

from market.dictionary.names import Namespace


@pytest.fixture(scope="session")
def bootstrap_servers(request: pytest.FixtureRequest) -> str:
    """Return the broker's address: of the environment, else of the local stack."""
    if "KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        return os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    servers: str = request.getfixturevalue("stack").kafka_bootstrap_servers
    return servers


@pytest.fixture
def namespace() -> Namespace:
    return Namespace(f"t{uuid.uuid4().hex[:12]}")
