"""Fetch artifacts and build our own Java, both through Maven.

Maven caches below ``~/.m2``, resumes a broken download (release 3.8 within a file, later ones from
the next file), and knows the user's mirrors; what it fetched is still checked against our own list
before anything uses it.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from market.errors import TidemarkError
from stack.artifacts import Artifact, ArtifactSet, verify
from stack.console import Console

_SHORT_RUN = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A build is over before optimized code would pay off."""

_COMPLETE = ".complete"
"""An empty file that marks a folder of the cache whose content was checked."""


class MavenError(TidemarkError):
    """Maven could not fetch or build."""


class Maven:
    """Maven on a given JDK.

    Args:
        jdk: the JDK's home.
        console: where a person sees the progress.
    """

    def __init__(self, jdk: Path, console: Console) -> None:
        self._environment = {"MAVEN_OPTS": _SHORT_RUN, **os.environ, "JAVA_HOME": str(jdk)}
        self._console = console

    def fetch(self, artifacts: ArtifactSet, cache: Path) -> Path:
        """Return the folder with a set's files, fetched now if they are not there.

        Raises:
            MavenError: Maven failed.
            ArtifactError: a file is not what the list says.
        """
        folder = artifacts.folder(cache)
        with lock(cache / f"{folder.name}.lock"):
            if not (folder / _COMPLETE).exists():
                self._download(artifacts, folder)
                for artifact in artifacts.artifacts:
                    verify(artifact, folder)
                (folder / _COMPLETE).touch()
        return folder

    def _download(self, artifacts: ArtifactSet, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        title = f"fetching {artifacts.name}: {len(artifacts.artifacts)} files"
        with (
            tempfile.TemporaryDirectory(dir=folder) as project,
            self._console.progress(title, artifacts.size_bytes) as show,
        ):
            pom = Path(project) / "pom.xml"
            pom.write_text(render_pom(artifacts))
            arguments = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
            self._run(pom, *arguments, tick=lambda: show(_arrived(artifacts, folder)))

    def build(self, pom: Path, sources: tuple[Path, ...]) -> None:
        """Build our own Java unless that was done since its sources last changed.

        Args:
            pom: the aggregating project's file; the stamp is in its ``target`` folder.
            sources: files and folders whose change requires a new build.

        Raises:
            MavenError: the build failed.
        """
        stamp = pom.parent / "target" / "sources.sha256"
        stamp.parent.mkdir(exist_ok=True)
        with lock(stamp.with_suffix(".lock")):
            digest = _digest(sources)
            if stamp.exists() and stamp.read_text() == digest:
                return
            with self._console.progress(f"building {pom.parent.name}", None):
                self._run(pom, "package", "-DskipTests")
            stamp.write_text(digest)

    def _run(self, pom: Path, *arguments: str, tick: Callable[[], None] | None = None) -> None:
        command = ["mvn", "-q", "-B", "-f", str(pom), *arguments]
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                command, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                code = _wait(process, tick)
            finally:
                process.kill()
                process.wait()
            if code:
                output.seek(0)
                raise MavenError(
                    f"`{' '.join(command)}` ended with {code}:\n{_last_lines(output.read(), 25)}"
                )


def _wait(process: subprocess.Popen[bytes], tick: Callable[[], None] | None) -> int:
    """Return a process's exit code, calling `tick` twice a second until it ends."""
    while True:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if tick:
                tick()


def render_pom(artifacts: ArtifactSet) -> str:
    """Return a project that depends on the artifacts, but on none of their dependencies."""
    dependencies = "".join(
        "<dependency>"
        f"<groupId>{escape(artifact.group)}</groupId>"
        f"<artifactId>{escape(artifact.name)}</artifactId>"
        f"<version>{escape(artifact.version)}</version>"
        f"<type>{escape(artifact.packaging)}</type>"
        "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>"
        "</exclusions></dependency>\n"
        for artifact in artifacts.artifacts
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>\n'
        f"<groupId>dev.tidemark</groupId><artifactId>{artifacts.name}</artifactId>"
        "<version>1</version><packaging>pom</packaging>\n"
        f"<dependencies>\n{dependencies}</dependencies></project>\n"
    )


def _arrived(artifacts: ArtifactSet, folder: Path) -> int:
    """Return how many bytes of a set have arrived, in Maven's repository or already copied."""
    return sum(_largest_copy(artifact, folder) for artifact in artifacts.artifacts)


def _largest_copy(artifact: Artifact, folder: Path) -> int:
    repository = Path.home() / ".m2" / "repository" / artifact.group.replace(".", "/")
    # Maven names a partial download after its file, with a suffix.
    arriving = (repository / artifact.name / artifact.version).glob(f"{artifact.file_name}*")
    copied = folder.glob(artifact.file_name)
    sizes = [path.stat().st_size for path in (*arriving, *copied) if path.exists()]
    return max(sizes, default=0)


def _digest(sources: tuple[Path, ...]) -> str:
    """Return the digest of all files below `sources`, build output left out."""
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted(source.rglob("*")):
            if path.is_file() and "target" not in path.relative_to(source).parts:
                digest.update(str(path.relative_to(source)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _last_lines(text: str, count: int) -> str:
    return "\n".join(text.splitlines()[-count:])


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock that other processes of this machine respect."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
