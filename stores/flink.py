"""A client of Flink's REST API: upload and run jars, list and stop jobs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from market.errors import TidemarkError

_TIMEOUT_S = 120
"""A submission plans the job in the JobManager, which takes tens of seconds on a busy machine."""

_BUSY = "Caused by: java.lang.IllegalArgumentException"
"""All that Flink says, without a word, where another job's Python runs."""
_BUSY_POLL_S = 2.0

ACTIVE_STATES = ("CREATED", "INITIALIZING", "RUNNING", "RESTARTING", "FAILING", "RECONCILING")


class ClusterError(TidemarkError):
    """Flink refused a request, failed a job or does not answer."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job as the cluster lists it.

    Attributes:
        job_id: Flink's id, hexadecimal.
        name: the full name, with the namespace.
        state: Flink's word, such as ``RUNNING``.
        started_ms: epoch milliseconds.
        tasks_running: tasks that run now, of `tasks_total`.
    """

    job_id: str
    name: str
    state: str
    started_ms: int
    tasks_running: int
    tasks_total: int

    @property
    def active(self) -> bool:
        """True while the job has not ended."""
        return self.state in ACTIVE_STATES

    @property
    def running(self) -> bool:
        """True when every task runs, not only the job's state says so."""
        return self.state == "RUNNING" and 0 < self.tasks_total == self.tasks_running


class Cluster:
    """A Flink session cluster, by the address of its REST API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def is_alive(self) -> bool:
        """Return whether the cluster answers."""
        try:
            self._call("GET", "/overview")
        except ClusterError:
            return False
        return True

    def jobs(self) -> list[JobStatus]:
        """Return every job that the cluster still knows, newest first."""
        found = [
            JobStatus(
                job_id=job["jid"],
                name=job["name"],
                state=job["state"],
                started_ms=job["start-time"],
                tasks_running=job["tasks"]["running"],
                tasks_total=job["tasks"]["total"],
            )
            for job in self._call("GET", "/jobs/overview")["jobs"]
        ]
        return sorted(found, key=lambda job: -job.started_ms)

    def active(self, name: str) -> JobStatus | None:
        """Return the job of that full name which has not ended, if there is one."""
        return next((job for job in self.jobs() if job.name == name and job.active), None)

    def upload(self, jar: Path) -> str:
        """Upload a jar and return the id to run it by."""
        with jar.open("rb") as content:
            files = {"jarfile": (jar.name, content, "application/java-archive")}
            answer = self._call("POST", "/jars/upload", files=files)
        return str(answer["filename"]).rsplit("/", 1)[-1]

    def run(self, jar_id: str, arguments: Sequence[str], savepoint: str | None) -> str:
        """Run an uploaded jar and return the job's id.

        A JobManager plans one job's Python at a time and refuses another meanwhile: that is
        waited for.

        Args:
            jar_id: from `upload`.
            arguments: the program's own.
            savepoint: S3 path of a savepoint or retained checkpoint to resume from.
        """
        body: dict[str, Any] = {"programArgsList": list(arguments)}
        if savepoint is not None:
            body["savepointPath"] = savepoint
        deadline = time.monotonic() + _TIMEOUT_S
        while True:
            try:
                return str(self._call("POST", f"/jars/{jar_id}/run", json=body)["jobid"])
            except ClusterError as error:
                if not str(error).endswith(_BUSY) or time.monotonic() > deadline:
                    raise
            time.sleep(_BUSY_POLL_S)

    def delete_jar(self, jar_id: str) -> None:
        """Forget an uploaded jar; running jobs keep what they need."""
        self._call("DELETE", f"/jars/{jar_id}")

    def stop(self, job_id: str, directory: str, timeout_s: float) -> str:
        """Stop a job with a savepoint under `directory` and return the savepoint's path.

        Raises:
            ClusterError: the savepoint failed or took longer than `timeout_s`.
        """
        body = {"targetDirectory": directory, "drain": False}
        trigger = self._call("POST", f"/jobs/{job_id}/stop", json=body)["request-id"]
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            answer = self._call("GET", f"/jobs/{job_id}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                return _savepoint_location(job_id, answer["operation"])
            time.sleep(0.3)
        raise ClusterError(f"job {job_id}: expected a savepoint within {timeout_s} s, found none")

    def cancel(self, job_id: str) -> None:
        """Cancel a job without a savepoint; its last checkpoint is kept."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel")

    def failure(self, job_id: str) -> str:
        """Return the first lines of a job's last failure, empty when there was none."""
        history = self._call("GET", f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
        if not history:
            return ""
        return "\n".join(str(history[0]["stacktrace"]).splitlines()[:8])

    def records_read(self, job_id: str) -> int:
        """Return how many records the job's tasks have read from one another and from Kafka."""
        vertices = self._call("GET", f"/jobs/{job_id}")["vertices"]
        return sum(int(vertex["metrics"].get("write-records") or 0) for vertex in vertices)

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            answer = requests.request(method, f"{self._url}{path}", timeout=_TIMEOUT_S, **arguments)
        except requests.RequestException as error:
            raise ClusterError(
                f"Flink at {self._url}: expected an answer, found {type(error).__name__}; "
                "see `tidemark status`"
            ) from error
        if answer.status_code >= 400:
            raise ClusterError(
                f"Flink refused {method} {path} with {answer.status_code}: {_reason(answer)}"
            )
        return answer.json() if answer.content else {}


def _savepoint_location(job_id: str, operation: dict[str, Any]) -> str:
    if "location" not in operation:
        cause = operation.get("failure-cause", {}).get("stack-trace", "no cause given")
        raise ClusterError(f"job {job_id}: the savepoint failed: {cause.splitlines()[0]}")
    return str(operation["location"])


def _reason(answer: requests.Response) -> str:
    """Return the cause that helps most: the last one of Flink's stack trace."""
    try:
        errors = "\n".join(answer.json().get("errors", []))
    except ValueError:
        return answer.text[:500]
    causes = [line for line in errors.splitlines() if line.startswith("Caused by:")]
    return causes[-1] if causes else errors[:500]
