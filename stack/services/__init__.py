"""The services of the stack, one module each, and their list."""

from stack.service import Service
from stack.services.flink import jobmanager, taskmanager
from stack.services.kafka import kafka
from stack.services.mongodb import mongodb
from stack.services.objectstore import objectstore
from stack.services.prefect import prefect, prefect_worker
from stack.services.trino import trino
from stack.settings import Settings


def list_services(settings: Settings) -> dict[str, Service]:
    """Return every service by name, each after those that it needs."""
    makers = (
        kafka,
        objectstore,
        mongodb,
        jobmanager,
        taskmanager,
        trino,
        prefect,
        prefect_worker,
    )
    return {service.name: service for service in (make(settings) for make in makers)}
