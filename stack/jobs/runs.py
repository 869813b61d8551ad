"""The record of each run of a job, beside its checkpoints in S3.

Flink forgets a job with its JobManager, and a savepoint does not say which statements made it. So
each submission leaves a small file: which of the job's runs it was, with which statements, and,
once it was stopped, at which savepoint. The jar of each version of the statements stays as well.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pyarrow.fs import FileSelector, FileType

from flink_jobs.config import STATE_BUCKET
from flink_jobs.upgrades import Takeover

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


@dataclass(frozen=True, slots=True)
class Run:
    """One submission of a job.

    Attributes:
        number: of the job's runs, from 1 on.
        job_id: Flink's.
        statements: `flink_jobs.statements.Statements.digest` of what was submitted.
        since_ms: when the job last started from the beginning of its topics; our clock, epoch ms.
        takeover: what it was given, and what a run that resumes it gets again.
        stopped_at: savepoint of a clean stop, at which every sink had committed; empty without.
    """

    number: int
    job_id: str
    statements: str
    since_ms: int
    takeover: Takeover = field(default_factory=Takeover)
    stopped_at: str = ""


class Runs:
    """The recorded runs of one job.

    Args:
        files: the object store.
        job: the job's full name.
    """

    def __init__(self, files: "FileSystem", job: str) -> None:
        self._files = files
        self._folder = runs_directory(job).removeprefix("s3://")

    def all(self) -> list[Run]:
        """Return every recorded run, the first one first."""
        selector = FileSelector(self._folder, allow_not_found=True)
        files = (one for one in self._files.get_file_info(selector) if one.type is FileType.File)
        runs = (self._read(one.path) for one in files if one.path.endswith(".json"))
        return sorted(runs, key=lambda run: run.number)

    def of(self, job_id: str) -> Run | None:
        """Return the run of a Flink id, or of an id's first characters."""
        matching = (run for run in reversed(self.all()) if run.job_id.startswith(job_id))
        return next(matching, None)

    def record(self, run: Run) -> None:
        """Record a run, replacing one of the same number and id."""
        self._files.create_dir(self._folder, recursive=True)
        with self._files.open_output_stream(self._path(run)) as stream:
            stream.write(json.dumps(asdict(run) | {"takeover": run.takeover.to_json()}).encode())

    def record_stop(self, job_id: str, savepoint: str) -> None:
        """Record that a run was stopped cleanly."""
        run = self.of(job_id)
        if run is not None:
            self.record(replace(run, stopped_at=savepoint))

    def next_number(self) -> int:
        """Return the number of the next run."""
        return max((run.number for run in self.all()), default=0) + 1

    def keep_jar(self, statements: str, jar: bytes) -> None:
        """Keep the jar of some statements, with which a job that crashed can still be resumed."""
        self._files.create_dir(self._folder, recursive=True)
        with self._files.open_output_stream(self._jar_path(statements)) as stream:
            stream.write(jar)

    def jar(self, statements: str) -> bytes | None:
        """Return the jar that was kept of some statements, if there is one."""
        path = self._jar_path(statements)
        if self._files.get_file_info(path).type is not FileType.File:
            return None
        with self._files.open_input_file(path) as file:
            return bytes(file.read())

    def _jar_path(self, statements: str) -> str:
        return f"{self._folder}/{statements}.jar"

    def _path(self, run: Run) -> str:
        return f"{self._folder}/{run.number:06}-{run.job_id}.json"

    def _read(self, path: str) -> Run:
        with self._files.open_input_file(path) as file:
            values: dict[str, Any] = json.loads(file.read())
        return Run(**values | {"takeover": Takeover.from_json(values["takeover"])})


def runs_directory(job: str) -> str:
    """Return where a job's runs are recorded, by its full name."""
    return f"{STATE_BUCKET}/runs/{job}"
