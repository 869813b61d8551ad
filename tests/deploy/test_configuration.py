"""The local stack's files as they come out: complete, readable by what they are for, loopback only.

Services are prepared for real in a folder of the test, with empty files for what would be fetched.
"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stack.artifacts import read_artifacts
from stack.console import Console
from stack.maven import Maven
from stack.pipeline import launcher_jar
from stack.program import Program, render_script
from stack.service import BuildContext
from stack.services import list_services
from stack.settings import LOOPBACK, Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "deploy" / "local" / "artifacts.toml"
JAVA_OPTIONS = "--add-opens=java.base/java.lang=ALL-UNNAMED"


class OfflineBuildContext(BuildContext):
    """A context in which nothing is fetched or built."""

    def fetch(self, name: str) -> Path:
        """Return the folder of a set, with an empty file for each artifact."""
        folder = self.artifacts[name].folder(self.settings.cache)
        folder.mkdir(parents=True, exist_ok=True)
        for artifact in self.artifacts[name].artifacts:
            (folder / artifact.file_name).touch()
        return folder

    def build_java(self) -> None:
        """Leave an empty launcher instead of a built one."""
        launcher = launcher_jar(self.settings)
        launcher.parent.mkdir(parents=True, exist_ok=True)
        launcher.touch()


def open_context(settings: Settings) -> OfflineBuildContext:
    """Return the context for a stack's files."""
    jdk, console = Path("jdk"), Console()
    return OfflineBuildContext(
        settings, jdk, Maven(jdk, console), read_artifacts(ARTIFACTS), console
    )


def pretend_flink(environment: Path) -> None:
    """Make the files of a Flink distribution that the stack reads or links."""
    home = environment / "lib" / "python3.11" / "site-packages" / "pyflink"
    for folder in ("bin", "lib", "opt", "conf", "plugins/metrics-prometheus"):
        (home / folder).mkdir(parents=True)
    (home / "lib" / "flink-dist.jar").touch()
    shipped = f"env:\n  java:\n    opts:\n      all: {JAVA_OPTIONS}\n"
    (home / "conf" / "config.yaml").write_text(shipped)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A checkout, a home and a cache of the test's own, on ports apart."""
    folder = tmp_path_factory.mktemp("deploy")
    shutil.copytree(ROOT / "deploy", folder / "root" / "deploy",
                    ignore=shutil.ignore_patterns("target"))  # fmt: skip
    for module in ("java/table", "java/local_mongodb"):
        (folder / "root" / module / "target" / "lib").mkdir(parents=True)
    pretend_flink(folder / "flink")
    variables = {
        "TIDEMARK_HOME": str(folder / "home"),
        "TIDEMARK_CACHE": str(folder / "cache"),
        "TIDEMARK_FLINK_ENVIRONMENT": str(folder / "flink"),
        "TIDEMARK_PORT_BASE": "24500",
        "S3_SECRET_KEY": "the-secret-of-a-test",
    }
    return replace(read_settings(variables), root=folder / "root")


@pytest.fixture(scope="module")
def programs(settings: Settings) -> dict[str, Program]:
    """Every service's program, its files written."""
    trino = read_artifacts(ARTIFACTS)["trino"].folder(settings.cache)
    trino.with_name(f"{trino.name}-server").mkdir(parents=True)
    context = open_context(settings)
    return {name: service.prepare(context) for name, service in list_services(settings).items()}


def written(settings: Settings, *names: str) -> list[Path]:
    """Return the configuration files below the home, or those of these names."""
    kinds = {".json", ".yaml", ".properties", ".config"}
    files = [path for path in settings.home.rglob("*") if path.suffix in kinds]
    return [path for path in files if not names or path.name in names]


def properties(path: Path) -> dict[str, str]:
    """Return a file's ``key=value`` lines; every other line must be empty or a comment."""
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{path.name}: {line}"
            assert key not in found, f"{path.name}: {key} stands twice"
            found[key] = value
    return found


@pytest.mark.usefixtures("programs")
def test_no_placeholder_is_left_in_any_file(settings: Settings) -> None:
    files = written(settings)
    assert {path.name for path in files} >= {
        "server.properties", "log4j2.yaml", "identities.json", "config.yaml",
        "config.properties", "jvm.config", "lake.properties", "live.properties",
    }  # fmt: skip
    for path in files:
        assert not re.search(r"\$\{[a-z_]+\}", path.read_text()), path


@pytest.mark.usefixtures("programs")
def test_files_with_keys_and_values_are_read_without_a_rest(settings: Settings) -> None:
    (broker,) = written(settings, "server.properties")
    assert properties(broker)["listeners"].startswith(f"CLIENTS://{LOOPBACK}:24500,")
    lake, live = sorted(written(settings, "lake.properties", "live.properties"))
    assert properties(lake)["connector.name"] == "iceberg"
    assert properties(live)["mongodb.connection-url"] == settings.mongodb.uri


@pytest.mark.usefixtures("programs")
def test_flinks_file_is_flat_and_holds_each_key_once(settings: Settings) -> None:
    (path,) = (file for file in written(settings, "config.yaml") if "flink" in file.parts)
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    assert all(re.match(r"[a-zA-Z0-9.-]+: \S", line) for line in lines)
    keys = [line.partition(": ")[0] for line in lines]
    assert len(keys) == len(set(keys))
    assert f"env.java.opts.all: {JAVA_OPTIONS}" in lines


@pytest.mark.usefixtures("programs")
def test_the_object_store_knows_the_secret_that_its_users_have(settings: Settings) -> None:
    (path,) = written(settings, "identities.json")
    (identity,) = json.loads(path.read_text())["identities"]
    assert identity["credentials"][0]["secretKey"] == settings.object_store.secret_key


def test_the_object_store_takes_any_secret(settings: Settings, tmp_path: Path) -> None:
    awkward = 'quote " dollar $ and \\ backslash'
    store = replace(settings.object_store, secret_key=awkward)
    own = replace(settings, home=tmp_path, object_store=store)
    list_services(own)["objectstore"].prepare(open_context(own))
    (path,) = written(own, "identities.json")
    (identity,) = json.loads(path.read_text())["identities"]
    assert identity["credentials"][0]["secretKey"] == awkward


@pytest.mark.usefixtures("programs")
def test_files_that_may_hold_a_secret_are_their_owners_only(settings: Settings) -> None:
    secret = settings.object_store.secret_key
    holders = [path for path in written(settings) if secret in path.read_text()]
    assert len(holders) >= 2
    assert {path.stat().st_mode & 0o077 for path in holders} == {0}


def test_every_service_is_a_program_that_the_shell_can_run(programs: dict[str, Program]) -> None:
    assert list(programs) == list(list_services(read_settings({})))
    for name, program in programs.items():
        assert program.name == name
        assert render_script(program).splitlines()[-1].startswith("exec ")


def test_no_service_listens_beyond_the_loopback_interface(
    settings: Settings, programs: dict[str, Program]
) -> None:
    everywhere = re.compile(r"\b0\.0\.0\.0\b|\[::\]|//\*|//:\d")
    for path in written(settings):
        assert not everywhere.search(path.read_text()), path
    for name in ("objectstore", "mongodb", "prefect"):
        assert any(LOOPBACK in argument for argument in programs[name].argv)
