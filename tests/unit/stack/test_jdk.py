"""Which Java is found, and what is said when there is none that fits."""

from pathlib import Path

import pytest

from stack.jdk import JdkError, find_jdk


def fake_java(home: Path, version: str, *, compiler: bool = True) -> Path:
    """Make a Java that says that it is of a version, and return its home."""
    binaries = home / "bin"
    binaries.mkdir(parents=True)
    java = binaries / "java"
    java.write_text(
        "#!/bin/sh\n"
        f"echo '    java.home = {home}' >&2\n"
        f"echo '    java.specification.version = {version}' >&2\n"
    )
    java.chmod(0o755)
    if compiler:
        (binaries / "javac").touch()
    return home


def test_java_home_comes_before_path(tmp_path: Path) -> None:
    first, second = fake_java(tmp_path / "a", "17"), fake_java(tmp_path / "b", "17")
    assert find_jdk({"JAVA_HOME": str(first), "PATH": str(second / "bin")}) == first


def test_a_java_home_of_another_version_is_passed_over(tmp_path: Path) -> None:
    old, right = fake_java(tmp_path / "a", "11"), fake_java(tmp_path / "b", "17")
    assert find_jdk({"JAVA_HOME": str(old), "PATH": str(right / "bin")}) == right


def test_every_java_that_does_not_fit_is_named_with_its_version(tmp_path: Path) -> None:
    old, new = fake_java(tmp_path / "a", "11"), fake_java(tmp_path / "b", "25")
    with pytest.raises(JdkError) as caught:
        find_jdk({"JAVA_HOME": str(old), "PATH": str(new / "bin")})
    message = str(caught.value)
    assert "expected a JDK 17" in message
    assert f"JAVA_HOME has Java 11 ({old})" in message
    assert f"PATH has Java 25 ({new})" in message
    assert "openjdk-17-jdk-headless" in message


def test_a_runtime_without_a_compiler_is_not_enough(tmp_path: Path) -> None:
    home = fake_java(tmp_path, "17", compiler=False)
    with pytest.raises(JdkError, match="Java 17 without a compiler"):
        find_jdk({"JAVA_HOME": str(home), "PATH": ""})


def test_a_java_home_without_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(JdkError, match=rf"JAVA_HOME names {tmp_path}/bin/java, which does not run"):
        find_jdk({"JAVA_HOME": str(tmp_path), "PATH": ""})


def test_no_java_at_all_is_reported(tmp_path: Path) -> None:
    with pytest.raises(JdkError, match="found no Java at all"):
        find_jdk({"PATH": str(tmp_path)})
