"""Everything that can be in the way of a start, and the sentence that says so."""

import os
import shutil
import socket
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack.preflight import PreflightError, check
from stack.program import Program
from stack.service import BuildContext, Service
from stack.settings import Settings, read_settings
from tests.unit.stack.test_jdk import fake_java


def prepare(context: BuildContext) -> Program:
    raise AssertionError("a check starts nothing")


def service(
    name: str = "kafka",
    *,
    port: int = 1,
    memory_mb: int = 0,
    is_ready: Callable[[], bool] = lambda: True,
    external: str | None = None,
) -> Service:
    ports = {"clients": port} if port > 1 else {}
    return Service(name, "127.0.0.1:9092", ports, memory_mb, is_ready, prepare, external=external)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of a machine on which nothing is in the way."""
    jdk = fake_java(tmp_path / "jdk", "17")
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.touch(mode=0o755)
    monkeypatch.setenv("JAVA_HOME", str(jdk))
    monkeypatch.setenv("PATH", f"{maven.parent}:/bin")
    return read_settings(
        {
            "TIDEMARK_HOME": str(tmp_path / "home"),
            "TIDEMARK_CACHE": str(tmp_path / "cache"),
            "TIDEMARK_FLINK_ENVIRONMENT": str(tmp_path / ".venv-flink"),
        }
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def problems(settings: Settings, *to_start: Service, external: tuple[Service, ...] = ()) -> str:
    with pytest.raises(PreflightError) as caught:
        check(settings, to_start, external)
    return str(caught.value)


def test_a_check_without_problems_is_silent(settings: Settings) -> None:
    check(settings, [service()], [service(external="KAFKA_BOOTSTRAP_SERVERS")])


def test_a_wrong_java_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "other", "21")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert "Java: expected a JDK 17, found JAVA_HOME has Java 21" in problems(settings)


def test_a_missing_maven_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "Maven: expected `mvn` on PATH" in problems(settings)


def test_a_missing_flink_environment_is_refused(settings: Settings) -> None:
    found = problems(settings, service("jobmanager"))
    assert f"Flink: expected apache-flink in {settings.flink.environment}, found none" in found
    assert "make .venv-flink" in found


def test_flink_is_not_required_when_it_is_not_started(settings: Settings) -> None:
    check(settings, [service("kafka")], [])


def test_a_taken_port_is_refused_with_who_has_it(settings: Settings, taken_port: int) -> None:
    found = problems(settings, service("kafka", port=taken_port))
    assert f"kafka: expected port {taken_port} (clients) to be free, found " in found
    assert "TIDEMARK_PORT_BASE" in found


def test_a_port_taken_by_ourselves_is_reported_with_our_id(
    settings: Settings, taken_port: int
) -> None:
    assert f"(pid {os.getpid()}) on it" in problems(settings, service(port=taken_port))


def test_too_little_memory_is_refused_with_how_much_is_needed(settings: Settings) -> None:
    found = problems(settings, service("trino", memory_mb=50_000_000))
    assert "memory: expected 50,000,000 MB free for trino, found " in found
    assert "TIDEMARK_TRINO_MEMORY_MB" in found


def test_memory_is_checked_for_all_services_together(settings: Settings) -> None:
    half = 25_000_000
    found = problems(settings, service("a", memory_mb=half), service("b", memory_mb=half))
    assert "expected 50,000,000 MB free for a, b" in found


def test_a_full_disk_is_refused_for_home_and_cache(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 5 * 2**20))
    found = problems(settings)
    assert f"disk: expected 2,000 MB free for {settings.home}, found 5 MB" in found
    assert f"free for {settings.cache}, found 5 MB" in found


def test_an_external_service_that_does_not_answer_is_refused(settings: Settings) -> None:
    away = service("mongodb", is_ready=lambda: False, external="MONGODB_URI")
    found = problems(settings, external=(away,))
    assert "mongodb: expected an answer at 127.0.0.1:9092, found none" in found
    assert "unset MONGODB_URI to have a local one" in found


def test_all_problems_are_reported_at_once(
    settings: Settings, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME")
    lines = problems(settings, service("jobmanager", port=taken_port)).splitlines()
    assert lines[0] == "nothing was started, because:"
    starts = [line.removeprefix("  - ").split(":")[0] for line in lines[1:]]
    assert starts == ["Java", "Maven", "Flink", "jobmanager"]
