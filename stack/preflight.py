"""Check what must be true before anything starts; report all problems together, a sentence each.

A check yields sentences that say what was expected, what was found and what to do. Nothing is
started, fetched or changed here.
"""

import shutil
import socket
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psutil

from market.errors import TidemarkError
from stack.jdk import JdkError, find_jdk
from stack.service import Service
from stack.services.flink import FlinkEnvironmentError, flink_home
from stack.settings import LOOPBACK, Settings

_HOME_MB = 2_000
"""Room for a day of local data, logs and checkpoints."""

_CACHE_MB = 2_300
"""Room for the downloads, Trino's archive twice while it is unpacked."""


class PreflightError(TidemarkError):
    """The stack cannot start; the text lists every reason."""


def check(settings: Settings, to_start: Sequence[Service], external: Sequence[Service]) -> None:
    """Check everything that the start of some services needs.

    Args:
        settings: the stack's.
        to_start: the services that will be started here.
        external: the services that are run elsewhere and must answer.

    Raises:
        PreflightError: something is missing or in the way.
    """
    problems = [
        *_java(),
        *_maven(),
        *_flink(settings, to_start),
        *_ports(to_start),
        *_memory(to_start),
        *_disk(settings.home, _HOME_MB),
        *_disk(settings.cache, 0 if _is_filled(settings.cache) else _CACHE_MB),
        *_unanswered(external),
    ]
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise PreflightError(f"nothing was started, because:\n{listed}")


def _java() -> Iterator[str]:
    try:
        find_jdk()
    except JdkError as error:
        yield str(error)


def _maven() -> Iterator[str]:
    if not shutil.which("mvn"):
        yield (
            "Maven: expected `mvn` on PATH to fetch and build jars, found none; "
            "install it (Debian: maven)"
        )


def _flink(settings: Settings, services: Iterable[Service]) -> Iterator[str]:
    if not any(service.name in {"jobmanager", "taskmanager"} for service in services):
        return
    try:
        flink_home(settings.flink.environment)
    except FlinkEnvironmentError as error:
        yield str(error)


def _ports(services: Iterable[Service]) -> Iterator[str]:
    for service in services:
        for purpose, port in service.ports.items():
            if not _is_free(port):
                yield (
                    f"{service.name}: expected port {port} ({purpose}) to be free, found "
                    f"{_listener(port)} on it; end that, or set another port "
                    "(TIDEMARK_PORT_BASE moves all of them)"
                )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the services do: lingering connections of an earlier run do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _listener(port: int) -> str:
    """Return what listens on a port, as far as this user may know."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        if connection.laddr and connection.laddr.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.NoSuchProcess:
                break
    return "another program"


def _memory(services: Sequence[Service]) -> Iterator[str]:
    needed_mb = sum(service.memory_mb for service in services)
    available_mb = psutil.virtual_memory().available // 2**20
    if available_mb < needed_mb:
        names = ", ".join(service.name for service in services)
        yield (
            f"memory: expected {needed_mb:,} MB free for {names}, found {available_mb:,} MB; "
            "end other programs, start fewer services (`tidemark up kafka`), or lower "
            "TIDEMARK_TRINO_MEMORY_MB and TIDEMARK_TASKMANAGER_MEMORY_MB"
        )


def _disk(folder: Path, needed_mb: int) -> Iterator[str]:
    present = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(present).free // 2**20
    if free_mb < needed_mb:
        yield (
            f"disk: expected {needed_mb:,} MB free for {folder}, found {free_mb:,} MB; "
            "free some, or set TIDEMARK_HOME and TIDEMARK_CACHE to another disk"
        )


def _is_filled(cache: Path) -> bool:
    """Return whether the one large download is in the cache already."""
    return any(cache.glob("trino-*-server"))


def _unanswered(external: Iterable[Service]) -> Iterator[str]:
    for service in external:
        if not service.is_ready():
            yield (
                f"{service.name}: expected an answer at {service.address}, found none; "
                f"start it, or unset {service.external} to have a local one"
            )
