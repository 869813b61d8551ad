"""Kafka: one broker that is its own controller."""

from stack.probe import kafka_answers
from stack.program import Program, Setup
from stack.service import PATIENT_COMPILERS, BuildContext, Service
from stack.settings import LOOPBACK, Settings

_CLUSTER_ID = "dGlkZW1hcmstbG9jYWwtMQ"
"""Sixteen bytes in base 64, as Kafka requires; brokers of two stacks never meet."""

_OFF_HEAP_MB = 150


def kafka(settings: Settings) -> Service:
    """Return the Kafka service."""
    return Service(
        name="kafka",
        address=settings.kafka.bootstrap_servers,
        ports={"clients": settings.ports.kafka, "controller": settings.ports.kafka_controller},
        memory_mb=settings.kafka.heap_mb + _OFF_HEAP_MB,
        is_ready=lambda: kafka_answers(settings.kafka.bootstrap_servers),
        prepare=_prepare,
        external="KAFKA_BOOTSTRAP_SERVERS" if settings.kafka.external else None,
    )


def _prepare(context: BuildContext) -> Program:
    settings = context.settings
    folder = settings.home / "kafka"
    data = folder / "data"
    properties = context.render(
        "kafka/server.properties",
        folder / "server.properties",
        host=LOOPBACK,
        port=settings.ports.kafka,
        controller_port=settings.ports.kafka_controller,
        data=data,
    )
    jars = context.fetch("kafka")
    logging = context.render("kafka/log4j2.yaml", folder / "log4j2.yaml")
    common = (f"-Dlog4j2.configurationFile={logging}", "-cp", f"{jars}/*")
    tool = context.java(*common, "kafka.tools.StorageTool")
    heap = f"-Xmx{settings.kafka.heap_mb}m"
    return Program(
        name="kafka",
        argv=context.java(
            "-Xms256m", heap, *PATIENT_COMPILERS, *common, "kafka.Kafka", str(properties)
        ),
        setup=Setup(
            creates=data / "meta.properties",
            argv=(*tool, "format", "-t", _CLUSTER_ID, "-c", str(properties)),
        ),
        data=folder,
    )
