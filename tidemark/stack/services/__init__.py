"""The services of the stack, one module each, and their list."""

from tidemark.settings import Settings
from tidemark.stack.service import Service
from tidemark.stack.services.flink import jobmanager, taskmanager
from tidemark.stack.services.kafka import kafka
from tidemark.stack.services.mongodb import mongodb
from tidemark.stack.services.objectstore import objectstore
from tidemark.stack.services.prefect import prefect, prefect_worker
from tidemark.stack.services.trino import trino


def list_services(settings: Settings) -> dict[str, Service]:
    """Return every service by name; each stands after those that it needs."""
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
