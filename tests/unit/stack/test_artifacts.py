"""The list of artifacts, files that are not what it says, and parts that are unpacked."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from stack.artifacts import Artifact, ArtifactError, ArtifactSet, read_artifacts, verify
from stack.settings import read_settings
from stack.trino_archive import unpack

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


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive in which iceberg's jar is a link to a link into the hive plugin."""
    path = tmp_path / "trino-server-1.tar.gz"
    with tarfile.open(path, "w:gz") as members:
        for name in ("lib/server.jar", "plugin/hive/aws.jar", "plugin/tpch/tpch.jar"):
            entry = tarfile.TarInfo(f"trino-server-1/{name}")
            entry.size = len(name)
            members.addfile(entry, io.BytesIO(name.encode()))
        for name, target in (("delta", "hive"), ("iceberg", "delta")):
            link = tarfile.TarInfo(f"trino-server-1/plugin/{name}/aws.jar")
            link.type, link.linkname = tarfile.LNKTYPE, f"trino-server-1/plugin/{target}/aws.jar"
            members.addfile(link)
    return path


def test_only_the_wanted_plugins_remain(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "server", ["iceberg"], lambda _: None)
    assert [path.name for path in (tmp_path / "server" / "plugin").iterdir()] == ["iceberg"]
    assert (tmp_path / "server" / "lib" / "server.jar").read_text() == "lib/server.jar"


def test_a_file_that_is_a_link_into_an_unwanted_plugin_is_whole(
    archive: Path, tmp_path: Path
) -> None:
    unpack(archive, tmp_path / "server", ["iceberg"], lambda _: None)
    jar = tmp_path / "server" / "plugin" / "iceberg" / "aws.jar"
    assert jar.read_text() == "plugin/hive/aws.jar"


def test_progress_ends_at_twice_the_archives_size(archive: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    unpack(archive, tmp_path / "server", ["tpch"], seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 2 * archive.stat().st_size


def test_a_broken_archive_leaves_no_server_behind(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises((EOFError, tarfile.ReadError)):
        unpack(archive, tmp_path / "server", ["iceberg"], lambda _: None)
    assert not (tmp_path / "server").exists()
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]
