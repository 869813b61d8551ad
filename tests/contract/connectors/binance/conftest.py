from collections.abc import Iterator

import pytest

from tests.contract.connectors.binance.exchange import Exchange, running_exchange


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with running_exchange() as running:
        yield running
