"""The configuration of a flow: addresses, credentials, namespace; read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.dictionary.names import Namespace
from stores.environment import Variables
from stores.iceberg import LakeConfig


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """The frozen configuration of one run.

    Attributes:
        trino_url: such as ``http://127.0.0.1:8080``.
        flink_url: of Flink's REST API.
        job_jars: folder of the jars of batch jobs, such as ``recompute.jar``.
        lake: the Iceberg catalog and its store.
        namespace: prefix of every name that the run reads or writes.
        exchange: ``live``, a simulator's address, or empty when no exchange may be asked.
        connect_url: of the connectors' REST; empty when there is none to ask.
    """

    trino_url: str
    mongodb_uri: str
    kafka_bootstrap_servers: str
    flink_url: str
    job_jars: Path
    lake: LakeConfig
    namespace: Namespace
    exchange: str = ""
    connect_url: str = ""


def read_config(environment: Mapping[str, str] | None = None) -> FlowConfig:
    """Read a run's configuration.

    Args:
        environment: the variables; the process's own when not given.

    Raises:
        SettingsError: a variable is missing.
        UnknownNameError: `TIDEMARK_NAMESPACE` is not a namespace.
    """
    variables = Variables(os.environ if environment is None else environment)
    namespace = Namespace(variables.text("TIDEMARK_NAMESPACE"))

    def required(name: str) -> str:
        return variables.required(name, "the Prefect worker's")

    return FlowConfig(
        trino_url=required("TRINO_URL"),
        mongodb_uri=required("MONGODB_URI"),
        kafka_bootstrap_servers=required("KAFKA_BOOTSTRAP_SERVERS"),
        flink_url=required("FLINK_URL"),
        job_jars=Path(required("FLINK_JOB_JARS")),
        lake=LakeConfig(
            catalog_uri=required("ICEBERG_REST_URI"),
            warehouse=variables.text("ICEBERG_WAREHOUSE"),
            s3_endpoint=required("S3_ENDPOINT"),
            s3_access_key=required("S3_ACCESS_KEY"),
            s3_secret_key=required("S3_SECRET_KEY"),
            s3_region=variables.text("S3_REGION"),
            namespace=namespace,
        ),
        namespace=namespace,
        exchange=variables.text("TIDEMARK_EXCHANGE"),
        connect_url=variables.text("CONNECT_URL"),
    )
