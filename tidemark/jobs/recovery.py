"""Where a job can resume from: its newest savepoint or retained checkpoint in S3.

The store itself is asked, so nothing has to be remembered between `down` and `up`, and a job that
was lost with its JobManager resumes from its last checkpoint.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector, FileType

from flink_jobs.config import checkpoint_directory, savepoint_directory
from iceberg.object_store import file_system
from tidemark.settings import ObjectStore

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, S3FileSystem


def _directories(job: str) -> list[str]:
    return [
        directory(job).removeprefix("s3://")
        for directory in (savepoint_directory, checkpoint_directory)
    ]


def newest_restore_path(store: ObjectStore, job: str) -> str | None:
    """Return the S3 path of the newest complete savepoint or checkpoint of a job, if any.

    Args:
        store: where checkpoints and savepoints are kept.
        job: full name, with the namespace.
    """
    files = _file_system(store)
    complete = [
        found
        for directory in _directories(job)
        for found in files.get_file_info(
            FileSelector(directory, recursive=True, allow_not_found=True)
        )
        if found.type is FileType.File and found.base_name == "_metadata"
    ]
    if not complete:
        return None
    newest: FileInfo = max(complete, key=lambda found: found.mtime_ns)
    return f"s3://{newest.path.removesuffix('/_metadata')}"


def forget(store: ObjectStore, job: str) -> None:
    """Delete every savepoint and checkpoint of a job."""
    files = _file_system(store)
    for directory in _directories(job):
        if files.get_file_info(directory).type is FileType.Directory:
            # A folder that was emptied before may still be listed, and then not be found.
            with suppress(FileNotFoundError):
                files.delete_dir(directory)


def _file_system(store: ObjectStore) -> "S3FileSystem":
    return file_system(store.endpoint, store.access_key, store.secret_key, store.region)
