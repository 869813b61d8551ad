"""How a flow is configured, and what it says when a variable is missing."""

import pytest

from flows.shared.config import read_config
from market.errors import UnknownNameError
from stack.settings import read_settings
from stores.environment import SettingsError

GIVEN = read_settings({"TIDEMARK_PORT_BASE": "21000", "TIDEMARK_NAMESPACE": "check"})


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
