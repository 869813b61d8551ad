"""Flows as a person sees them: deployments and a run in Prefect's dashboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from prefect.client.orchestration import SyncPrefectClient

from flows.deployments import DEPLOYMENTS
from flows.registration import connect, register
from iceberg.migrate import migrate
from stack import pipeline
from stack.flow_process import schedule_flows
from tests.e2e.conftest import SCREENSHOTS
from tests.support.running_stack import ROOT, RunningStack

_DRAWN_MS, _ENDS_MS = 60_000, 240_000


@pytest.fixture
def client(stack: RunningStack) -> Iterator[SyncPrefectClient]:
    """A client of the stack's server, told about every deployment while the test runs."""
    migrate(pipeline.lake(stack.settings))
    schedule_flows(stack.settings, lambda _: None)
    with connect(f"{stack.settings.prefect_url}/api") as client:
        yield client
        register(client, [], str(ROOT))


def test_the_dashboard_shows_the_deployments_and_what_a_run_did(
    stack: RunningStack, client: SyncPrefectClient, page: Page
) -> None:
    url = stack.settings.prefect_url
    page.goto(f"{url}/v2/deployments?limit=100")
    for name in ("recent", "everything"):
        listed = sum(one.name == name for one in DEPLOYMENTS)
        links = page.get_by_role("link", name=name, exact=True)
        expect(links).to_have_count(listed, timeout=_DRAWN_MS)
    page.screenshot(path=SCREENSHOTS / "deployments.png")
    deployment = client.read_deployment_by_name("rollup/everything")
    run = client.create_flow_run_from_deployment(deployment.id)
    page.goto(f"{url}/v2/runs/flow-run/{run.id}")
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=_ENDS_MS)
    # The page asked for the run's artifacts when it was opened, before there were any.
    page.reload()
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_text("rollup-windows").first).to_be_visible(timeout=_DRAWN_MS)
    page.screenshot(path=SCREENSHOTS / "run.png")
    # What ran kept its state with the stack's, not in somebody's home.
    assert (stack.settings.home / "prefect").is_dir()
