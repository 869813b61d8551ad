"""Read every row that any snapshot of the lake's tables of windows ever showed.

A file never changes, so each is read once; it is visible from the first snapshot whose manifests
name it. Rows that were deleted from a file show in the last snapshot, which is read as a whole.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from pyiceberg.manifest import DataFileContent, ManifestEntryStatus

from market.dictionary.schemas import Table
from market.dictionary.tables import table
from stores.iceberg import Lake
from verify.chaos.versions import LAKE, TABLES, Observed, Version
from verify.stores import plain, window_row

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

    from verify.expected import Key, Row


def read_snapshots(lake: Lake) -> Iterator[Observed]:
    """Yield what every table of windows showed in all of its snapshots."""
    for name in TABLES:
        yield _observed(lake, table(name))


def _observed(lake: Lake, wanted: Table) -> Observed:
    stored = lake.table(wanted)
    versions: list[Version] = []
    for order, place, path in _files(stored):
        with stored.io.new_input(path).open() as file:
            content = pq.read_table(file)
        for row in content.to_pylist():
            key, values = window_row(wanted, plain(row))
            versions.append(Version(key, values, order, place))
    final: dict[Key, list[Row]] = defaultdict(list)
    for row in stored.scan().to_arrow().to_pylist():
        key, values = window_row(wanted, plain(row))
        final[key].append(values)
    return Observed(LAKE, wanted.name, versions, final)


def _files(stored: "IcebergTable") -> Iterator[tuple[int, str, str]]:
    """Yield every data file with the number and the name of the first snapshot that shows it."""
    seen: set[str] = set()
    manifests: dict[str, list[Any]] = {}
    snapshots = sorted(stored.snapshots(), key=lambda one: one.sequence_number or 0)
    for order, snapshot in enumerate(snapshots):
        for manifest in snapshot.manifests(stored.io):
            if manifest.manifest_path not in manifests:
                manifests[manifest.manifest_path] = manifest.fetch_manifest_entry(
                    stored.io, discard_deleted=False
                )
            for entry in manifests[manifest.manifest_path]:
                file = entry.data_file
                is_there = entry.status is not ManifestEntryStatus.DELETED
                if is_there and file.content is DataFileContent.DATA and file.file_path not in seen:
                    seen.add(file.file_path)
                    yield order, f"snapshot {order} ({snapshot.snapshot_id})", file.file_path
