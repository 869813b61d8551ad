"""Fetching and building through Maven; a shell script stands in for it."""

import hashlib
import io
from pathlib import Path

import pytest
import rich.console

from stack.artifacts import Artifact, ArtifactError, ArtifactSet
from stack.console import Console
from stack.maven import Maven, MavenError, render_pom

CONTENT = "a jar"
JARS = ArtifactSet(
    "jars",
    (
        Artifact(
            "org.example",
            "thing",
            "jar",
            "1.0",
            len(CONTENT),
            hashlib.sha256(CONTENT.encode()).hexdigest(),
        ),
    ),
)


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a Maven on PATH that writes its arguments to the returned file."""
    return put_maven(tmp_path, monkeypatch, "exit 0")


def put_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    calls = tmp_path / "calls"
    binary = tmp_path / "bin" / "mvn"
    binary.parent.mkdir(exist_ok=True)
    binary.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\n{body}\n')
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binary.parent}:/usr/bin:/bin")
    return calls


def maven() -> Maven:
    output = rich.console.Console(file=io.StringIO())
    return Maven(Path("/opt/jdk"), Console(output))


def delivering(content: str) -> str:
    """Return the part of a script that copies the artifact to where it is asked for."""
    return (
        'for a in "$@"; do case "$a" in -DoutputDirectory=*) '
        f'printf %s "{content}" > "${{a#*=}}/thing-1.0.jar";; esac; done'
    )


def test_a_set_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = put_maven(tmp_path, monkeypatch, delivering(CONTENT))
    folder = maven().fetch(JARS, tmp_path / "cache")
    assert (folder / "thing-1.0.jar").read_text() == CONTENT
    assert maven().fetch(JARS, tmp_path / "cache") == folder
    assert len(calls.read_text().splitlines()) == 1


def test_a_jar_with_a_wrong_checksum_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_maven(tmp_path, monkeypatch, delivering("tampered"))
    for _ in range(2):
        with pytest.raises(ArtifactError, match="expected SHA-256"):
            maven().fetch(JARS, tmp_path / "cache")


def test_a_failing_maven_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_maven(tmp_path, monkeypatch, "echo 'no such artifact'; exit 1")
    with pytest.raises(MavenError, match=r"copy-dependencies.*ended with 1:\nno such artifact"):
        maven().fetch(JARS, tmp_path / "cache")


def test_the_generated_project_takes_no_transitive_dependencies() -> None:
    pom = render_pom(JARS)
    assert "<artifactId>thing</artifactId><version>1.0</version><type>jar</type>" in pom
    assert "<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>" in pom


def test_our_java_is_built_again_only_when_its_sources_changed(tmp_path: Path, calls: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    source = project / "Main.java"
    source.write_text("class Main {}")
    for _ in range(2):
        maven().build(project / "pom.xml", (project,))
    assert len(calls.read_text().splitlines()) == 1
    (project / "target" / "Main.class").touch()
    maven().build(project / "pom.xml", (project,))
    assert len(calls.read_text().splitlines()) == 1
    source.write_text("class Main { int x; }")
    maven().build(project / "pom.xml", (project,))
    assert len(calls.read_text().splitlines()) == 2


def test_a_failed_build_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = put_maven(tmp_path, monkeypatch, "exit 1")
    project = tmp_path / "project"
    project.mkdir()
    for _ in range(2):
        with pytest.raises(MavenError, match="package -DskipTests"):
            maven().build(project / "pom.xml", (project,))
    assert len(calls.read_text().splitlines()) == 2
