"""Files below a table's location: all of them, and those that no snapshot knows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector, FileType

from iceberg.maintenance import StoredFile

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem
    from pyiceberg.table import Table as IcebergTable

_SCHEME = "s3://"


def stored_files(table: "IcebergTable", store: "S3FileSystem") -> list[StoredFile]:
    """Return every file below a table's location."""
    folder = table.location().removeprefix(_SCHEME)
    found = store.get_file_info(FileSelector(folder, recursive=True, allow_not_found=True))
    return [
        StoredFile(f"{_SCHEME}{one.path}", one.size, one.mtime.astimezone(UTC))
        for one in found
        if one.type is FileType.File
    ]


def find_orphans(
    table: "IcebergTable", store: "S3FileSystem", older_than: datetime
) -> list[StoredFile]:
    """Return the files of some age that no snapshot knows; of a tidy table that costs little."""
    old = {file.path: file for file in stored_files(table, store) if file.modified_at < older_than}
    for path in _known_files(table):
        if not old:
            break
        old.pop(path, None)
    return list(old.values())


def _known_files(table: "IcebergTable") -> Iterator[str]:
    """Yield every file that the table's metadata leads to, those of newer snapshots first."""
    metadata = table.metadata
    yield table.metadata_location
    yield from (entry.metadata_file for entry in metadata.metadata_log)
    yield from (one.statistics_path for one in metadata.statistics)
    yield from (one.statistics_path for one in metadata.partition_statistics)
    seen: set[str] = set()
    for snapshot in sorted(metadata.snapshots, key=lambda one: one.timestamp_ms, reverse=True):
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield manifest.manifest_path
                for entry in manifest.fetch_manifest_entry(table.io):
                    yield entry.data_file.file_path
