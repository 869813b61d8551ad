"""The list of services: order, ports, and what makes one external."""

from string import Template

import pytest

from stack.services import list_services
from stack.services.flink import FlinkEnvironmentError, flink_home
from stack.settings import read_settings

EXTERNAL = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "MONGODB_URI": "mongodb://db/",
    "S3_ENDPOINT": "https://s3.example",
    "S3_ACCESS_KEY": "ak",
    "S3_SECRET_KEY": "sk",
    "ICEBERG_REST_URI": "https://catalog.example",
}


def test_each_service_is_listed_after_those_that_it_needs() -> None:
    seen: set[str] = set()
    for name, service in list_services(read_settings({})).items():
        assert seen.issuperset(service.after)
        seen.add(name)
    assert seen == {
        "kafka",
        "objectstore",
        "mongodb",
        "jobmanager",
        "taskmanager",
        "trino",
        "prefect",
        "prefect-worker",
    }


def test_no_two_services_share_a_port() -> None:
    services = list_services(read_settings({"TIDEMARK_PORT_BASE": "21000"})).values()
    ports = [port for service in services for port in service.ports.values()]
    assert len(ports) == len(set(ports))
    assert all(21000 <= port < 21140 for port in ports)


def test_the_whole_stack_asks_for_less_than_8_gib() -> None:
    assert sum(each.memory_mb for each in list_services(read_settings({})).values()) < 8192


def test_only_addresses_in_the_environment_make_a_service_external() -> None:
    services = list_services(read_settings(EXTERNAL))
    external = {name: service.external for name, service in services.items() if service.external}
    assert external == {
        "kafka": "KAFKA_BOOTSTRAP_SERVERS",
        "objectstore": "S3_ENDPOINT",
        "mongodb": "MONGODB_URI",
    }
    assert not any(each.external for each in list_services(read_settings({})).values())


def test_a_service_that_nobody_runs_is_not_ready() -> None:
    services = list_services(read_settings({"TIDEMARK_PORT_BASE": "20700"}))
    assert not any(service.is_ready() for service in services.values())


def test_an_environment_without_flink_is_refused(tmp_path: object) -> None:
    settings = read_settings({"TIDEMARK_FLINK_ENVIRONMENT": f"{tmp_path}/.venv-flink"})
    with pytest.raises(FlinkEnvironmentError, match=r"found none; make it with `make \.venv"):
        flink_home(settings.flink.environment)


def test_every_template_is_a_template() -> None:
    templates = read_settings({}).root / "deploy" / "local"
    folders = ("kafka", "objectstore", "flink", "trino")
    files = [path for name in folders for path in (templates / name).rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert all(Template(path.read_text()).is_valid() for path in files)


def test_a_worker_ends_while_its_server_is_still_there() -> None:
    services = list_services(read_settings({}))
    assert [name for name, each in services.items() if each.stops_first] == ["prefect-worker"]
    assert "prefect" in services["prefect-worker"].after
