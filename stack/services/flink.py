"""Flink: a session cluster of one JobManager and one TaskManager.

The distribution is the one inside the apache-flink Python package; configuration, libraries and
plugins are assembled below the stack's home, and variables point Flink's scripts at them.
"""

import json
import os
import re
import shutil
from pathlib import Path

from market.errors import TidemarkError
from stack.probe import http_json
from stack.program import Program
from stack.service import BuildContext, Service
from stack.settings import LOOPBACK, Settings

_PYTHON_DRIVER_MB = 300
"""What the JobManager's Python takes while a job is submitted through the web interface."""

_RPC, _BLOB, _TASKMANAGER_RPC, _TASKMANAGER_DATA = 0, 1, 2, 3
_JOBMANAGER_METRICS, _TASKMANAGER_METRICS = 4, 5
"""Numbers of the internal ports."""

_JAVA_OPTIONS = re.compile(r"^ +all: (--add-\S.*)$", re.MULTILINE)
"""The line of the shipped configuration that opens Java's own packages to Flink."""


class FlinkEnvironmentError(TidemarkError):
    """The Python environment that holds Flink is missing or not what we expect."""


def jobmanager(settings: Settings) -> Service:
    """Return the JobManager service."""
    ports = settings.ports
    return Service(
        name="jobmanager",
        address=settings.flink_url,
        ports={
            "web": ports.flink,
            "rpc": ports.internal(_RPC),
            "blob server": ports.internal(_BLOB),
            "metrics": ports.internal(_JOBMANAGER_METRICS),
        },
        memory_mb=settings.flink.jobmanager_mb + _PYTHON_DRIVER_MB,
        is_ready=lambda: _overview(settings) is not None,
        prepare=lambda context: _prepare(context, "jobmanager", _JOBMANAGER_METRICS),
        after=("objectstore",),
    )


def taskmanager(settings: Settings) -> Service:
    """Return the TaskManager service."""
    ports = settings.ports
    return Service(
        name="taskmanager",
        address=f"{settings.flink.task_slots} task slots",
        ports={
            "rpc": ports.internal(_TASKMANAGER_RPC),
            "data": ports.internal(_TASKMANAGER_DATA),
            "metrics": ports.internal(_TASKMANAGER_METRICS),
        },
        memory_mb=settings.flink.taskmanager_mb,
        is_ready=lambda: _slots(settings) >= settings.flink.task_slots,
        prepare=lambda context: _prepare(context, "taskmanager", _TASKMANAGER_METRICS),
        after=("jobmanager",),
    )


def _overview(settings: Settings) -> dict[str, object] | None:
    return http_json(f"{settings.flink_url}/overview")


def _slots(settings: Settings) -> int:
    overview = _overview(settings) or {}
    return int(str(overview.get("slots-total", 0)))


def flink_home(environment: Path) -> Path:
    """Return where Flink is in a Python environment.

    Raises:
        FlinkEnvironmentError: it is not there.
    """
    for home in environment.glob("lib/python3*/site-packages/pyflink"):
        return home
    raise FlinkEnvironmentError(
        f"Flink: expected apache-flink in {environment}, found none; make it with "
        f"`make {environment.name}` or point TIDEMARK_FLINK_ENVIRONMENT at one"
    )


def _prepare(context: BuildContext, role: str, metrics_port: int) -> Program:
    settings = context.settings
    distribution = flink_home(settings.flink.environment)
    folder = settings.home / "flink"
    if role == "jobmanager":
        _assemble_library(context, distribution, folder / "lib")
        _assemble_plugins(context, distribution, folder / "plugins")
        _write_configuration(context, distribution, folder)
    metrics = settings.ports.internal(metrics_port)
    return Program(
        name=role,
        argv=(
            str(distribution / "bin" / f"{role}.sh"),
            "start-foreground",
            *("-D", f"metrics.reporter.prometheus.port={metrics}"),
        ),
        environment=_environment(context, distribution, folder),
        directory=folder,
        stop_after_s=15,
    )


def _environment(context: BuildContext, distribution: Path, folder: Path) -> dict[str, str]:
    """Return the variables that Flink's scripts and jobs read."""
    settings = context.settings
    binaries = settings.flink.environment / "bin"
    return settings.job_environment() | {
        "JAVA_HOME": str(context.jdk),
        "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(settings.root),
        "FLINK_HOME": str(distribution),
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_PLUGINS_DIR": str(folder / "plugins"),
        "FLINK_LOG_DIR": str(folder / "log"),
        "FLINK_PID_DIR": str(folder / "pid"),
        "FLINK_IDENT_STRING": "tidemark",
    }


def _assemble_library(context: BuildContext, distribution: Path, library: Path) -> None:
    """Fill the class path: the distribution's own, connectors, Python, and our table sinks."""
    context.build_java()
    shutil.rmtree(library, ignore_errors=True)
    library.mkdir(parents=True)
    connectors = context.fetch("flink-lib")
    for folder, pattern in (
        (distribution / "lib", "*.jar"),
        (connectors, "*.jar"),
        (distribution / "opt", "flink-python-*.jar"),
    ):
        for jar in folder.glob(pattern):
            (library / jar.name).symlink_to(jar)
    # Copies, so that a later build does not change what a running cluster has open.
    table = context.settings.root / "java" / "table" / "target" / "lib"
    for jar in table.glob("*.jar"):
        shutil.copy(jar, library)


def _assemble_plugins(context: BuildContext, distribution: Path, plugins: Path) -> None:
    """Fill the plugin folder: S3 for checkpoints, metrics for Prometheus."""
    shutil.rmtree(plugins, ignore_errors=True)
    plugins.mkdir(parents=True)
    metrics = "metrics-prometheus"
    (plugins / metrics).symlink_to(distribution / "plugins" / metrics)
    (plugins / "s3-fs-hadoop").symlink_to(context.fetch("flink-s3"))


def _write_configuration(context: BuildContext, distribution: Path, folder: Path) -> None:
    settings = context.settings
    for name in ("tmp", "web", "log", "pid"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "conf", ignore_errors=True)
    shutil.copytree(distribution / "conf", folder / "conf")
    ports = settings.ports
    context.render(
        "flink/config.yaml",
        folder / "conf" / "config.yaml",
        host=LOOPBACK,
        rest_port=ports.flink,
        rpc_port=ports.internal(_RPC),
        blob_port=ports.internal(_BLOB),
        taskmanager_rpc_port=ports.internal(_TASKMANAGER_RPC),
        taskmanager_data_port=ports.internal(_TASKMANAGER_DATA),
        jobmanager_mb=settings.flink.jobmanager_mb,
        taskmanager_mb=settings.flink.taskmanager_mb,
        task_slots=settings.flink.task_slots,
        checkpoint_interval_s=settings.flink.checkpoint_interval_s,
        s3_endpoint=json.dumps(settings.object_store.endpoint),
        s3_access_key=json.dumps(settings.object_store.access_key),
        s3_secret_key=json.dumps(settings.object_store.secret_key),
        s3_region=json.dumps(settings.object_store.region),
        python=json.dumps(str(settings.flink.environment / "bin" / "python")),
        folder=folder,
        java_options=_java_options(distribution / "conf" / "config.yaml"),
    )


def _java_options(configuration: Path) -> str:
    """Return the options that the shipped configuration gives to every JVM.

    Without them checkpoints of Iceberg's writer fail.

    Raises:
        FlinkEnvironmentError: the shipped configuration has none.
    """
    found = _JAVA_OPTIONS.search(configuration.read_text())
    if not found:
        raise FlinkEnvironmentError(
            f"{configuration}: expected env.java.opts.all with --add-opens, found none; "
            "is this Flink 2.1?"
        )
    return found[1]
