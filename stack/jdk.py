"""Find the Java 17 development kit, which runs and builds everything but Trino.

Trino needs Java 25, which comes as a Python package; see `services.trino`.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from market.errors import TidemarkError

JAVA_VERSION = "17"
"""The release that Flink 2.1 and its connectors are built and tested for."""


class JdkError(TidemarkError):
    """No usable Java development kit was found."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    origin: str
    java: Path


def find_jdk(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home of a JDK 17: that of `JAVA_HOME`, else that of the `java` on `PATH`.

    Raises:
        JdkError: neither is one; the text says what each is.
    """
    findings = []
    for candidate in _candidates(environment):
        properties = _properties(candidate.java)
        version = properties.get("java.specification.version")
        home = Path(properties.get("java.home", ""))
        if version is None:
            findings.append(f"{candidate.origin} names {candidate.java}, which does not run")
        elif version != JAVA_VERSION:
            findings.append(f"{candidate.origin} has Java {version} ({home})")
        elif not (home / "bin" / "javac").exists():
            findings.append(f"{candidate.origin} has Java {version} without a compiler ({home})")
        else:
            return home
    raise JdkError(
        f"Java: expected a JDK {JAVA_VERSION}, found {'; '.join(findings) or 'no Java at all'}; "
        f"install one (Debian: openjdk-{JAVA_VERSION}-jdk-headless) or point JAVA_HOME at it"
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[_Candidate]:
    if home := environment.get("JAVA_HOME"):
        yield _Candidate("JAVA_HOME", Path(home) / "bin" / "java")
    if java := shutil.which("java", path=environment.get("PATH")):
        yield _Candidate("PATH", Path(java))


def _properties(java: Path) -> dict[str, str]:
    """Return the system properties that a Java prints about itself; none when it does not run."""
    try:
        done = subprocess.run(
            [str(java), "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition("=") for line in done.stderr.splitlines())
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}
