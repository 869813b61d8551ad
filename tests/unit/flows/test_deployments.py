"""Deployments that can run, what their runs are told, and runs that no process carries."""

import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running, State

from flows.deployments import DEPLOYMENTS
from flows.orphan_runs import orphans
from flows.registration import Deployment
from flows.shared.artifact_keys import artifact_key
from flows.shared.config import read_config
from market.errors import UnknownNameError
from stack.settings import read_settings
from stores.environment import SettingsError

ROOT = Path(__file__).resolve().parents[3]

each = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one.name)

GIVEN = read_settings({"TIDEMARK_PORT_BASE": "21000", "TIDEMARK_NAMESPACE": "check"})

SYMBOLS = ["BTCUSDT", "1INCHUSDT", "4USDT", "BTCUSDT_260327", "BTCUSD_PERP", "币安人生USDT",
           "我踏马来了USDT", "USDT"]  # fmt: skip

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


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


def test_the_stack_gives_a_flow_all_that_it_needs() -> None:
    config = read_config(GIVEN.flow_environment())
    assert config.trino_url == "http://127.0.0.1:21003"
    assert config.mongodb_uri == "mongodb://127.0.0.1:21005"
    assert config.kafka_bootstrap_servers == "127.0.0.1:21000"
    assert config.flink_url == "http://127.0.0.1:21002"
    assert config.connect_url == "http://127.0.0.1:21004"
    assert config.job_jars == GIVEN.job_jars
    assert config.lake.catalog_uri == "http://127.0.0.1:21007"
    assert config.namespace == config.lake.namespace == GIVEN.namespace


def test_an_exchange_is_configured_only_where_one_may_be_asked() -> None:
    assert read_config(GIVEN.flow_environment()).exchange == ""
    given = read_settings({"TIDEMARK_EXCHANGE": "live"})
    assert read_config(given.flow_environment()).exchange == "live"


@pytest.mark.parametrize(
    "name", ["TRINO_URL", "FLINK_URL", "MONGODB_URI", "ICEBERG_REST_URI", "S3_SECRET_KEY"]
)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"variable {name}: expected a value, found none"):
        read_config(GIVEN.flow_environment() | {name: ""})


def test_a_namespace_of_another_form_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Bad Name"):
        read_config(GIVEN.flow_environment() | {"TIDEMARK_NAMESPACE": "Bad Name"})


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_prefect_takes_the_key_of_every_symbol(symbol: str) -> None:
    key = artifact_key("report", "binance-spot", symbol)
    assert ArtifactCreate(key=key).key == key
    assert key == artifact_key("report", "binance-spot", symbol)


def test_no_two_symbols_share_a_key_and_a_plain_one_is_readable() -> None:
    keys = {artifact_key("report", "binance-spot", symbol) for symbol in SYMBOLS}
    assert len(keys) == len(SYMBOLS)
    assert "report-binance-spot-btcusdt" in keys
    assert any(key.startswith("report-binance-spot-btcusdt-260327-") for key in keys)


def run(state: State, age_s: int, run_id: UUID | None = None) -> FlowRun:
    state.timestamp = NOW - timedelta(seconds=age_s)
    return FlowRun(id=run_id or uuid4(), flow_id=uuid4(), state=state)


def test_a_run_that_no_process_carries_is_an_orphan_however_far_it_had_got() -> None:
    runs = [run(Running(), 1), run(Pending(), 1)]
    assert orphans(runs, set(), NOW) == runs


def test_a_run_that_a_process_carries_is_no_orphan() -> None:
    carried = uuid4()
    assert orphans([run(Running(), 9_000, carried)], {carried}, NOW) == []


def test_a_run_that_began_a_moment_ago_may_have_no_process_yet() -> None:
    young, old = run(Pending(), 10), run(Pending(), 90)
    assert orphans([young, old], set(), NOW - timedelta(minutes=1)) == [old]
