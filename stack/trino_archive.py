"""Unpack the few parts of Trino's archive that are needed.

The archive holds a jar that several plugins use once, and hard links for the other copies; the
first name can be in a plugin that is not wanted. So the list is read first, and then what is wanted
is unpacked together with whatever its links point at.
"""

import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

_PLUGIN_DEPTH = 3
"""``trino-server-N/plugin/NAME/...``: fewer parts are the folders above the plugins."""


def unpack(
    archive: Path, target: Path, plugins: Iterable[str], show: Callable[[int], None]
) -> None:
    """Unpack a server with some plugins; `target` appears only when it is complete.

    Args:
        archive: Trino's ``tar.gz``.
        target: the future folder of the server.
        plugins: names of the plugins to keep.
        show: called with the bytes read so far, out of twice the archive's size.
    """
    wanted = frozenset(plugins)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        selection = _select(archive, wanted, show)
        _extract(archive, selection, Path(scratch), show)
        (server,) = Path(scratch).iterdir()
        for plugin in (server / "plugin").iterdir():
            if plugin.name not in wanted:
                shutil.rmtree(plugin)
        server.rename(target)


def _select(archive: Path, plugins: frozenset[str], show: Callable[[int], None]) -> set[str]:
    """Return the names to unpack: those wanted, and those they are links to."""
    links: dict[str, str] = {}
    selection: set[str] = set()
    with archive.open("rb") as file, tarfile.open(fileobj=file) as members:
        for member in members:
            show(file.tell())
            if member.islnk():
                links[member.name] = member.linkname
            if _is_wanted(member.name, plugins):
                selection.add(member.name)
    pending = list(selection)
    while pending:
        source = links.get(pending.pop())
        if source and source not in selection:
            selection.add(source)
            pending.append(source)
    return selection


def _is_wanted(name: str, plugins: frozenset[str]) -> bool:
    parts = PurePosixPath(name).parts
    if len(parts) < _PLUGIN_DEPTH or parts[1] != "plugin":
        return True
    return parts[2] in plugins


def _extract(
    archive: Path, selection: set[str], scratch: Path, show: Callable[[int], None]
) -> None:
    size = archive.stat().st_size
    with archive.open("rb") as file, tarfile.open(fileobj=file) as members:
        for member in members:
            show(size + file.tell())
            if member.name in selection:
                members.extract(member, scratch)  # checked against its SHA-256 before
