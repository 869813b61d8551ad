"""The list of deployments: what is scheduled can run."""

import inspect
from pathlib import Path
from typing import Any

import pytest

from flows.deployments import DEPLOYMENTS
from flows.registration import Deployment

ROOT = Path(__file__).resolve().parents[3]

each = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one.name)


@each
def test_parameters_are_those_of_the_flow(deployment: Deployment) -> None:
    signature = inspect.signature(deployment.flow.fn)
    assert set(deployment.parameters) <= set(signature.parameters)
    required = {
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    # Who runs a flow by hand gives what it cannot do without.
    assert required <= set(deployment.parameters) or not deployment.schedule


@each
def test_parameters_have_the_types_of_the_flow(deployment: Deployment) -> None:
    if not deployment.schedule:
        return
    checked: dict[str, Any] = deployment.flow.validate_parameters(dict(deployment.parameters))
    assert checked.items() >= dict(deployment.parameters).items()


@each
def test_a_schedule_is_a_cron_line_in_utc(deployment: Deployment) -> None:
    schedule = deployment.prefect_schedule()
    if schedule is None:
        assert deployment.schedule == ""
        return
    assert schedule.cron == deployment.schedule
    assert schedule.timezone == "UTC"


def test_an_invalid_cron_line_is_refused() -> None:
    flow = DEPLOYMENTS[0].flow
    with pytest.raises(ValueError, match="cron"):
        Deployment("never", flow, "61 * * * *", "Never.").prefect_schedule()


@each
def test_an_entrypoint_names_a_file_and_its_flow(deployment: Deployment) -> None:
    file, _, function = deployment.entrypoint.partition(":")
    assert f"def {function}(" in (ROOT / file).read_text()
    assert Path(file).parts == ("flows", deployment.flow.name, "flow.py")


@each
def test_a_deployment_says_what_it_is_for(deployment: Deployment) -> None:
    assert deployment.description.endswith(".")
    assert deployment.concurrency_limit == 1
    assert deployment.tags


def test_every_flow_is_deployed_under_names_of_its_own() -> None:
    names = [(one.flow.name, one.name) for one in DEPLOYMENTS]
    assert len(set(names)) == len(names)
    packages = {path.parent.name for path in (ROOT / "flows").glob("*/flow.py")}
    assert packages == {one.flow.name for one in DEPLOYMENTS}
