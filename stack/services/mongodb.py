"""MongoDB: locally a small server that speaks its protocol and keeps one file.

It has no authentication, secondary indexes, expiry or transactions; production uses a real
MongoDB, set by `MONGODB_URI`.
"""

import shutil

from stack.probe import mongodb_answers
from stack.program import Program
from stack.service import PATIENT_COMPILERS, BuildContext, Service
from stack.settings import LOOPBACK, Settings


def mongodb(settings: Settings) -> Service:
    """Return the MongoDB service."""
    return Service(
        name="mongodb",
        address=settings.mongodb.uri,
        ports={"clients": settings.ports.mongodb},
        memory_mb=380,
        is_ready=lambda: mongodb_answers(settings.mongodb.uri),
        prepare=_prepare,
        external="MONGODB_URI" if settings.mongodb.external else None,
    )


def _prepare(context: BuildContext) -> Program:
    settings = context.settings
    folder = settings.home / "mongodb"
    context.build_java()
    # A copy, so that a later build does not change what a running server has open.
    library = folder / "lib"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(settings.root / "java" / "local_mongodb" / "target" / "lib", library)
    return Program(
        name="mongodb",
        argv=context.java(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            *PATIENT_COMPILERS,
            "-cp",
            f"{library}/*",
            "dev.tidemark.mongodb.LocalServer",
            *("--host", LOOPBACK),
            *("--port", str(settings.ports.mongodb)),
            *("--file", str(folder / "store.mv")),
        ),
        data=folder,
    )
