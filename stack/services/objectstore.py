"""SeaweedFS: S3 and the Iceberg REST catalog in one process.

Tables are in the table bucket ``lake``, which takes Iceberg files only; checkpoints and report
pages are in the ordinary buckets ``flink`` and ``reports``.
"""

import json
import os
import sys
from itertools import count
from pathlib import Path
from urllib.parse import quote

from stack.probe import http_status
from stack.program import Program
from stack.service import BuildContext, Service
from stack.settings import LOOPBACK, WAREHOUSE, Settings

_OK, _FORBIDDEN = 200, 403

_INTERNAL_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
    "admin.port",
    "admin.port.grpc",
)
"""Options of `weed mini` for ports that only SeaweedFS itself uses."""

_FIRST_INTERNAL = 10


def objectstore(settings: Settings) -> Service:
    """Return the object store service."""
    store = settings.object_store
    ports = {"S3": settings.ports.s3, "Iceberg catalog": settings.ports.iceberg}
    return Service(
        name="objectstore",
        address=f"{store.endpoint} (S3), {store.iceberg_uri} (Iceberg)",
        ports=ports | _internal_ports(settings),
        memory_mb=350,
        is_ready=lambda: _is_ready(settings),
        prepare=_prepare,
        external="S3_ENDPOINT" if store.external else None,
    )


def _internal_ports(settings: Settings) -> dict[str, int]:
    numbers = count(_FIRST_INTERNAL)
    return {option: settings.ports.internal(next(numbers)) for option in _INTERNAL_PORTS}


def _is_ready(settings: Settings) -> bool:
    """Return whether it is up; refusing an anonymous request shows that S3 checks credentials."""
    store = settings.object_store
    catalog = f"{store.iceberg_uri}/v1/config?warehouse={quote(WAREHOUSE, safe='')}"
    return http_status(store.endpoint) in {_OK, _FORBIDDEN} and http_status(catalog) == _OK


def _prepare(context: BuildContext) -> Program:
    settings = context.settings
    folder = settings.home / "objectstore"
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    identities = context.render(
        "objectstore/identities.json",
        folder / "identities.json",
        access_key=json.dumps(settings.object_store.access_key),
        secret_key=json.dumps(settings.object_store.secret_key),
    )
    options = {
        "dir": data,
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "s3.config": identities,
        "s3.port": settings.ports.s3,
        "s3.port.iceberg": settings.ports.iceberg,
        "s3.port.lance": 0,
        "tableBucket": WAREHOUSE.removeprefix("s3://"),
        "bucket": "flink,reports",
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",
    } | _internal_ports(settings)
    flags = (f"-{name}={value}" for name, value in options.items())
    return Program(name="objectstore", argv=(str(_weed()), "mini", *flags), data=folder)


def _weed() -> Path:
    """Return SeaweedFS's program, which its package installs next to Python."""
    return Path(os.path.realpath(sys.prefix)) / "bin" / "weed"
