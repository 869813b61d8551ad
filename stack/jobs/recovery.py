"""Where a job can resume from: the last savepoint or retained checkpoint of its newest run.

The store itself is asked, so nothing has to be remembered between `down` and `up`, and a job that
was lost with its JobManager resumes from its last checkpoint. Within a run the number counts,
never the time of a file: copying a bucket gives every file a new time.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector, FileType

from flink_jobs.config import checkpoint_directory, savepoint_directory
from stack.jobs.runs import Run, Runs, runs_directory
from stack.jobs.savepoints import METADATA, checkpoint_number
from stack.settings import ObjectStore
from stores.iceberg import file_system

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

_CHECKPOINT = re.compile(r"/([0-9a-f]+)/chk-(\d+)$")
_SAVEPOINT = re.compile(r"/savepoint-([0-9a-f]+)-[0-9a-f]+$")
_HEADER_BYTES = 16


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """A complete savepoint or checkpoint.

    Attributes:
        path: in S3.
        job_id: Flink's id of the run that made it, or the first characters of it.
        number: of the checkpoint in its run.
        is_savepoint: False for a retained checkpoint.
        run: the record of the run; None for one that was submitted in the web interface.
    """

    path: str
    job_id: str
    number: int
    is_savepoint: bool
    run: Run | None = None

    @property
    def is_clean(self) -> bool:
        """True when the run was stopped there, with everything committed."""
        return self.is_savepoint and (self.run is None or self.run.stopped_at == self.path)


def newest_restore_point(files: "FileSystem", job: str) -> RestorePoint | None:
    """Return the last complete savepoint or checkpoint of a job's newest run, if there is one.

    Args:
        files: the object store.
        job: full name, with the namespace.
    """
    runs = Runs(files, job).all()
    candidates: defaultdict[str, list[FileInfo]] = defaultdict(list)
    for found in _complete(files, job):
        candidates[_job_id(found)].append(found)
    if not candidates:
        return None
    newest = _newest_run(candidates, runs)
    run = _recorded(newest, runs)
    points = (_point(files, found, newest, run) for found in candidates[newest])
    return max(points, key=lambda point: (point.number, point.is_savepoint))


def newest_restore_path(store: ObjectStore, job: str) -> str | None:
    """Return the S3 path of a job's newest restore point, if there is one.

    Args:
        store: where checkpoints and savepoints are kept.
        job: full name, with the namespace.
    """
    point = newest_restore_point(state_files(store), job)
    return point.path if point else None


def delete_state(store: ObjectStore, job: str) -> None:
    """Delete every savepoint and checkpoint of a job, and the records of its runs."""
    files = state_files(store)
    for directory in [*_directories(job), runs_directory(job).removeprefix("s3://")]:
        if files.get_file_info(directory).type is FileType.Directory:
            # A folder that was emptied before may still be listed, and then be missing.
            with suppress(FileNotFoundError):
                files.delete_dir(directory)


def state_files(store: ObjectStore) -> "FileSystem":
    """Return the object store as a file system."""
    return file_system(store.endpoint, store.access_key, store.secret_key, store.region)


def _directories(job: str) -> list[str]:
    return [
        directory(job).removeprefix("s3://")
        for directory in (savepoint_directory, checkpoint_directory)
    ]


def _complete(files: "FileSystem", job: str) -> Iterator["FileInfo"]:
    for directory in _directories(job):
        selector = FileSelector(directory, recursive=True, allow_not_found=True)
        for found in files.get_file_info(selector):
            if found.type is FileType.File and found.base_name == METADATA and _job_id(found):
                yield found


def _folder(found: "FileInfo") -> str:
    return str(found.path).removesuffix(f"/{METADATA}")


def _job_id(found: "FileInfo") -> str:
    """Return the first characters of the id of the run that made it; a savepoint has only these."""
    folder = _folder(found)
    matched = _CHECKPOINT.search(folder) or _SAVEPOINT.search(folder)
    return matched[1][:6] if matched else ""


def _newest_run(candidates: dict[str, list["FileInfo"]], runs: list[Run]) -> str:
    """Return the newest run by its number; one without a number is placed by its files."""

    def newest_file(job_id: str) -> int:
        return max(int(found.mtime_ns) for found in candidates[job_id])

    numbered = [run.job_id[:6] for run in runs if run.job_id[:6] in candidates]
    others = sorted((one for one in candidates if one not in numbered), key=newest_file)
    if not numbered or (others and newest_file(others[-1]) > newest_file(numbered[-1])):
        return others[-1]
    return numbered[-1]


def _recorded(job_id: str, runs: list[Run]) -> Run | None:
    return next((run for run in reversed(runs) if run.job_id.startswith(job_id)), None)


def _point(files: "FileSystem", found: "FileInfo", job_id: str, run: Run | None) -> RestorePoint:
    folder = _folder(found)
    checkpoint = _CHECKPOINT.search(folder)
    if checkpoint:
        return RestorePoint(
            f"s3://{folder}", checkpoint[1], int(checkpoint[2]), is_savepoint=False, run=run
        )
    with files.open_input_file(found.path) as file:
        number = checkpoint_number(file.read(_HEADER_BYTES))
    return RestorePoint(f"s3://{folder}", job_id, number, is_savepoint=True, run=run)
