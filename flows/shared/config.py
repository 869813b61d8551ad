"""The configuration of a flow: addresses, credentials, namespace; read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.dictionary.names import Namespace
from market.errors import TidemarkError
from stores.iceberg import LakeConfig


class FlowConfigError(TidemarkError):
    """A setting that a flow needs is missing."""


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
        FlowConfigError: a variable is missing.
        UnknownNameError: `TIDEMARK_NAMESPACE` is not a namespace.
    """
    variables = os.environ if environment is None else environment
    namespace = Namespace(variables.get("TIDEMARK_NAMESPACE", ""))
    return FlowConfig(
        trino_url=_required(variables, "TRINO_URL"),
        mongodb_uri=_required(variables, "MONGODB_URI"),
        kafka_bootstrap_servers=_required(variables, "KAFKA_BOOTSTRAP_SERVERS"),
        flink_url=_required(variables, "FLINK_URL"),
        job_jars=Path(_required(variables, "FLINK_JOB_JARS")),
        lake=LakeConfig(
            catalog_uri=_required(variables, "ICEBERG_REST_URI"),
            warehouse=variables.get("ICEBERG_WAREHOUSE", "s3://lake"),
            s3_endpoint=_required(variables, "S3_ENDPOINT"),
            s3_access_key=_required(variables, "S3_ACCESS_KEY"),
            s3_secret_key=_required(variables, "S3_SECRET_KEY"),
            s3_region=variables.get("S3_REGION", "us-east-1"),
            namespace=namespace,
        ),
        namespace=namespace,
        exchange=variables.get("TIDEMARK_EXCHANGE", ""),
        connect_url=variables.get("CONNECT_URL", ""),
    )


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise FlowConfigError(
            f"environment variable {name}: expected a value, found none; the Prefect worker's "
            "environment must hold it (the local stack sets it)"
        )
    return value
