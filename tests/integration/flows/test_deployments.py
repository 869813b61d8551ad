"""Deployments on the stack's Prefect: registered twice, there once."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient

from flows.deployments import DEPLOYMENTS
from flows.registration import TAG, connect, register
from tests.support.running_stack import ROOT, RunningStack


@pytest.fixture
def client(stack: RunningStack) -> Iterator[SyncPrefectClient]:
    """A client of the stack's server; what the test registered is gone afterwards."""
    with connect(f"{stack.settings.prefect_url}/api") as client:
        yield client
        register(client, [], str(ROOT))


def ours(client: SyncPrefectClient) -> dict[str, UUID]:
    """Return our deployments' ids by full name."""
    return {
        f"{(one.entrypoint or '').rpartition(':')[2]}/{one.name}": one.id
        for one in client.read_deployments()
        if TAG in one.tags
    }


def test_registering_again_changes_nothing_and_what_is_not_listed_goes(
    client: SyncPrefectClient,
) -> None:
    names = register(client, DEPLOYMENTS, str(ROOT))
    assert names == [f"{one.flow.name}/{one.name}" for one in DEPLOYMENTS]
    before = ours(client)
    assert set(before) == set(names)
    register(client, DEPLOYMENTS, str(ROOT), {"TIDEMARK_EXCHANGE": "live"})
    assert ours(client) == before
    for one, name in zip(DEPLOYMENTS, names, strict=True):
        assert len(client.read_deployment_schedules(before[name])) == bool(one.schedule)
        found = client.read_deployment(before[name])
        assert found.job_variables == {"env": {"TIDEMARK_EXCHANGE": "live"}}
    register(client, DEPLOYMENTS[:1], str(ROOT))
    assert list(ours(client)) == ["rollup/recent"]
