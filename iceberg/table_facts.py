"""What a table's metadata says that maintenance is planned from; nothing is decided here."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pyiceberg.manifest import DataFileContent

from iceberg.maintenance import FileGroup, SnapshotFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot
    from pyiceberg.typedef import Record

_CHECKPOINT = "flink.max-committed-checkpoint-id"
_BOUNDED = 2**63 - 1
"""The checkpoint of a job that came to its end; it resumes no more."""

_EPOCH = date(1970, 1, 1)


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


def data_files(table: "IcebergTable", snapshot: "Snapshot | None") -> "Iterator[DataFile]":
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
