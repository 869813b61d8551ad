"""The files that the stack fetches by name: what they must hold, and where they are kept.

`deploy/local/artifacts.toml` lists them in sets; a set becomes one folder of the cache. This
module knows nothing of Maven, only of files and their checksums.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from market.errors import TidemarkError


class ArtifactError(TidemarkError):
    """A file is not what the list says it must be."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file in a Maven repository, and what it must hold."""

    group: str
    name: str
    packaging: str
    version: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        """The file's name in a repository and in the cache."""
        return f"{self.name}-{self.version}.{self.packaging}"


@dataclass(frozen=True, slots=True)
class ArtifactSet:
    """Artifacts that are fetched together into one folder of the cache."""

    name: str
    artifacts: tuple[Artifact, ...]

    @property
    def size_bytes(self) -> int:
        """What the whole set takes."""
        return sum(artifact.size_bytes for artifact in self.artifacts)

    def folder(self, cache: Path) -> Path:
        """Return the set's folder; its name changes with the set's content."""
        digests = "".join(artifact.sha256 for artifact in self.artifacts)
        return cache / f"{self.name}-{hashlib.sha256(digests.encode()).hexdigest()[:12]}"


def read_artifacts(path: Path) -> dict[str, ArtifactSet]:
    """Return the sets of an artifact list by name.

    Raises:
        ArtifactError: an entry is not ``"group:name:packaging:version" = {bytes, sha256}``.
    """
    return {
        set_name: ArtifactSet(
            set_name, tuple(_artifact(path, key, entry) for key, entry in entries.items())
        )
        for set_name, entries in tomllib.loads(path.read_text()).items()
    }


def _artifact(path: Path, key: str, entry: dict[str, object]) -> Artifact:
    try:
        group, name, packaging, version = key.split(":")
        size_bytes, sha256 = entry["bytes"], entry["sha256"]
    except (ValueError, KeyError) as error:
        raise ArtifactError(
            f'{path}: expected "group:name:packaging:version" = {{ bytes, sha256 }}, '
            f"found {key!r} = {entry}"
        ) from error
    return Artifact(group, name, packaging, version, int(str(size_bytes)), str(sha256))


def verify(artifact: Artifact, folder: Path) -> None:
    """Check that a file holds what the list says.

    Raises:
        ArtifactError: it is missing, or holds something else; then it is removed, so that the
            next attempt fetches it again.
    """
    path = folder / artifact.file_name
    if not path.exists():
        raise ArtifactError(f"{path}: expected Maven to have fetched it, found no such file")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != artifact.sha256:
        size_bytes = path.stat().st_size
        path.unlink()
        raise ArtifactError(
            f"{artifact.group}:{artifact.name}:{artifact.version}: expected SHA-256 "
            f"{artifact.sha256} ({artifact.size_bytes:,} bytes), found {found} "
            f"({size_bytes:,} bytes); the file was removed. If it is wrong again, Maven's own "
            f"copy is: remove that version of {artifact.name} below ~/.m2/repository"
        )
