"""Settings: defaults, what overrides them, and what cannot be used."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from market.errors import UnknownNameError
from stack.settings import read_settings
from stores.environment import SettingsError

OWN_STORE = {
    "S3_ENDPOINT": "https://s3.example",
    "S3_ACCESS_KEY": "ak",
    "S3_SECRET_KEY": "sk",
    "ICEBERG_REST_URI": "https://catalog.example",
}


def test_an_empty_environment_gives_the_documented_ports() -> None:
    ports = read_settings({}).ports
    assert (ports.kafka, ports.kafka_controller) == (9092, 9093)
    assert (ports.flink, ports.trino, ports.connect) == (8081, 8080, 8083)
    assert (ports.mongodb, ports.s3, ports.iceberg) == (27017, 8333, 8181)
    assert (ports.simulator, ports.prefect, ports.internal_base) == (9443, 4200, 18500)


def test_state_is_below_the_checkout_and_downloads_below_the_users_cache() -> None:
    settings = read_settings({})
    assert settings.home == settings.root / ".tidemark"
    assert (settings.root / "pyproject.toml").exists()
    assert settings.cache == Path.home() / ".cache" / "tidemark"


def test_home_and_cache_can_be_moved() -> None:
    settings = read_settings({"TIDEMARK_HOME": "~/elsewhere", "TIDEMARK_CACHE": "/var/cache/t"})
    assert settings.home == Path.home() / "elsewhere"
    assert settings.cache == Path("/var/cache/t")


def test_settings_cannot_be_changed() -> None:
    settings = read_settings({})
    with pytest.raises(FrozenInstanceError):
        settings.home = Path("/")  # type: ignore[misc]


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = read_settings({"TIDEMARK_KAFKA_PORT": "", "KAFKA_BOOTSTRAP_SERVERS": ""})
    assert settings.ports.kafka == 9092
    assert not settings.kafka.external


def test_a_port_base_moves_every_port_and_the_addresses_with_it() -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "21000"})
    assert settings.kafka.bootstrap_servers == "127.0.0.1:21000"
    assert settings.flink_url == "http://127.0.0.1:21002"
    assert settings.trino_url == "http://127.0.0.1:21003"
    assert settings.mongodb.uri == "mongodb://127.0.0.1:21005"
    assert settings.ports.internal(3) == 21103


def test_a_single_port_wins_over_the_port_base() -> None:
    ports = read_settings({"TIDEMARK_PORT_BASE": "21000", "TIDEMARK_FLINK_PORT": "8081"}).ports
    assert (ports.flink, ports.trino) == (8081, 21003)


@pytest.mark.parametrize("value", ["80", "65536", "eight", "-1", "8081.5"])
def test_an_invalid_port_is_refused_with_its_value(value: str) -> None:
    with pytest.raises(SettingsError, match=r"TIDEMARK_FLINK_PORT=.*from 1024 to 65535") as caught:
        read_settings({"TIDEMARK_FLINK_PORT": value})
    assert repr(value) in str(caught.value)


def test_two_uses_of_one_port_are_refused() -> None:
    with pytest.raises(SettingsError, match="port 8080 is set for both flink and trino"):
        read_settings({"TIDEMARK_FLINK_PORT": "8080"})


def test_the_controllers_port_follows_the_brokers() -> None:
    with pytest.raises(SettingsError, match="port 8080 is set for both kafka_controller and trino"):
        read_settings({"TIDEMARK_KAFKA_PORT": "8079"})


@pytest.mark.parametrize(
    "name", ["TIDEMARK_TRINO_MEMORY_MB", "TIDEMARK_CHECKPOINT_INTERVAL_S", "TIDEMARK_FLINK_SLOTS"]
)
def test_an_amount_out_of_bounds_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}='0': expected a whole number"):
        read_settings({name: "0"})


def test_a_namespace_of_another_form_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Bad Name"):
        read_settings({"TIDEMARK_NAMESPACE": "Bad Name"})


def test_an_address_in_the_environment_makes_a_service_external() -> None:
    settings = read_settings(
        {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", "MONGODB_URI": "mongodb://db/"}
    )
    assert settings.kafka.external
    assert settings.kafka.bootstrap_servers == "broker:9092"
    assert settings.mongodb.external
    assert not settings.object_store.external


def test_an_own_object_store_comes_with_its_catalog_and_keys() -> None:
    store = read_settings(OWN_STORE).object_store
    assert store.external
    assert (store.endpoint, store.iceberg_uri) == ("https://s3.example", "https://catalog.example")
    assert store.credential == "ak:sk"


@pytest.mark.parametrize("name", sorted(OWN_STORE))
def test_an_own_object_store_lacking_a_variable_is_refused(name: str) -> None:
    environment = {key: value for key, value in OWN_STORE.items() if key != name}
    with pytest.raises(SettingsError, match=f"found no {name}$"):
        read_settings(environment)


def test_local_credentials_can_be_set_without_making_the_store_external() -> None:
    store = read_settings({"S3_ACCESS_KEY": "mine", "S3_SECRET_KEY": "secret"}).object_store
    assert not store.external
    assert store.credential == "mine:secret"


def test_jobs_are_given_every_address_and_the_namespace() -> None:
    settings = read_settings({"TIDEMARK_NAMESPACE": "check", "TIDEMARK_PORT_BASE": "21000"})
    given = settings.job_environment()
    assert given["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:21000"
    assert given["ICEBERG_REST_URI"] == "http://127.0.0.1:21007"
    assert given["S3_ENDPOINT"] == "http://127.0.0.1:21006"
    assert given["ICEBERG_WAREHOUSE"] == "s3://lake"
    assert given["ICEBERG_CREDENTIAL"] == f"{given['S3_ACCESS_KEY']}:{given['S3_SECRET_KEY']}"
    assert given["TIDEMARK_NAMESPACE"] == "check"


def test_flows_are_given_what_jobs_are_and_where_trino_and_prefect_answer() -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "21000"})
    given = settings.flow_environment()
    assert given.items() >= settings.job_environment().items()
    assert given["TRINO_URL"] == "http://127.0.0.1:21003"
    assert given["PREFECT_API_URL"] == "http://127.0.0.1:21009/api"
    assert given["PREFECT_HOME"] == str(settings.home / "prefect")


def test_what_jobs_are_given_reads_back_as_the_same_addresses() -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "21000"})
    again = read_settings(settings.job_environment())
    assert again.job_environment() == settings.job_environment()
    assert again.kafka.external
    assert again.object_store.external
