"""What maintenance is planned from: facts of a table's metadata and of the files at its location.

Nothing is decided here.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector, FileType
from pyiceberg.manifest import DataFileContent

from iceberg.maintenance import FileGroup, SnapshotFact, StoredFile

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot
    from pyiceberg.typedef import Record

_CHECKPOINT = "flink.max-committed-checkpoint-id"
_BOUNDED = 2**63 - 1
"""The checkpoint of a job that came to its end; it resumes no more."""

_EPOCH = date(1970, 1, 1)

_SCHEME = "s3://"


def file_groups(table: "IcebergTable", small_file_bytes: int) -> list[FileGroup]:
    """Return the files of a table by partition, none of a table that is empty."""
    partitions: defaultdict[Record, list[DataFile]] = defaultdict(list)
    for file in data_files(table, table.current_snapshot()):
        partitions[file.partition].append(file)
    return [_group(files, small_file_bytes) for files in partitions.values()]


def _group(files: "list[DataFile]", small_file_bytes: int) -> FileGroup:
    data = [file.file_size_in_bytes for file in files if file.content is DataFileContent.DATA]
    small = [size for size in data if size < small_file_bytes]
    # The day is the first field of every partition spec, in days since the epoch.
    day = _EPOCH + timedelta(days=files[0].partition[0])
    return FileGroup(day, len(small), sum(small), len(files) - len(data))


def data_files(table: "IcebergTable", snapshot: "Snapshot | None") -> Iterator["DataFile"]:
    """Yield the files of a snapshot, those of deletes included."""
    if snapshot is not None:
        for manifest in snapshot.manifests(table.io):
            for entry in manifest.fetch_manifest_entry(table.io):
                yield entry.data_file


def snapshot_facts(table: "IcebergTable") -> list[SnapshotFact]:
    """Return every snapshot that a table still has."""
    current = table.metadata.current_snapshot_id
    return [
        SnapshotFact(
            committed_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1_000, UTC),
            is_current=snapshot.snapshot_id == current,
            is_stream=is_stream(snapshot),
        )
        for snapshot in table.metadata.snapshots
    ]


def is_stream(snapshot: "Snapshot") -> bool:
    """Return whether a job that may resume committed a snapshot."""
    said = snapshot.summary.additional_properties if snapshot.summary else {}
    return int(said.get(_CHECKPOINT, _BOUNDED)) < _BOUNDED


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
