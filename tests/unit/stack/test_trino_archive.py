"""Unpacking a part of an archive whose plugins share files through hard links."""

import io
import tarfile
from pathlib import Path

import pytest

from stack.trino_archive import unpack


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
