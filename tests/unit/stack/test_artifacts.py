"""The list of artifacts, and what happens when a file is not what it says."""

import hashlib
from pathlib import Path

import pytest

from stack.artifacts import Artifact, ArtifactError, ArtifactSet, read_artifacts, verify
from stack.settings import read_settings

CONTENT = b"a jar"


def artifact(content: bytes = CONTENT) -> Artifact:
    digest = hashlib.sha256(content).hexdigest()
    return Artifact("org.example", "thing", "jar", "1.0", len(content), digest)


def test_the_projects_own_list_can_be_read() -> None:
    sets = read_artifacts(read_settings({}).root / "deploy" / "local" / "artifacts.toml")
    assert set(sets) == {"kafka", "flink-lib", "flink-s3", "trino"}
    for entry in (entry for each in sets.values() for entry in each.artifacts):
        assert len(entry.sha256) == 64
        assert entry.size_bytes > 0


def test_an_entry_of_another_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "artifacts.toml"
    path.write_text('[kafka]\n"org.example:thing:1.0" = { bytes = 1, sha256 = "00" }\n')
    with pytest.raises(ArtifactError, match=r"found .org\.example:thing:1\.0."):
        read_artifacts(path)


def test_a_file_that_holds_what_the_list_says_passes(tmp_path: Path) -> None:
    (tmp_path / "thing-1.0.jar").write_bytes(CONTENT)
    verify(artifact(), tmp_path)
    assert (tmp_path / "thing-1.0.jar").exists()


def test_a_file_with_other_content_is_refused_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "thing-1.0.jar"
    path.write_bytes(b"something else")
    with pytest.raises(ArtifactError) as caught:
        verify(artifact(), tmp_path)
    message = str(caught.value)
    assert "org.example:thing:1.0: expected SHA-256" in message
    assert "(5 bytes)" in message
    assert "(14 bytes)" in message
    assert not path.exists()


def test_a_file_that_did_not_arrive_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"thing-1\.0\.jar: expected Maven to have fetched it"):
        verify(artifact(), tmp_path)


def test_a_sets_folder_changes_with_its_content(tmp_path: Path) -> None:
    one = ArtifactSet("kafka", (artifact(b"1"),)).folder(tmp_path)
    other = ArtifactSet("kafka", (artifact(b"2"),)).folder(tmp_path)
    assert one != other
    assert one.parent == tmp_path
    assert one.name.startswith("kafka-")
