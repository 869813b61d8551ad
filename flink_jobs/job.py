"""What a job is, and the one way to run it: sources, views, sinks and statements, wired here."""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flink_jobs.config import JobConfig, checkpoint_directory, read_config
from flink_jobs.ddl import lake_catalog

if TYPE_CHECKING:
    from pyflink.table import TableEnvironment

_LOG = logging.getLogger(__name__)

_FUNCTIONS: dict[str, str] = {
    "SUM_EXACT": "dev.tidemark.flink.functions.SumExact",
    "SUM_PRODUCT": "dev.tidemark.flink.functions.SumProduct",
    "FIRST_BY": "dev.tidemark.flink.functions.FirstBy",
    "LAST_BY": "dev.tidemark.flink.functions.LastBy",
    "BOOK_STATE": "dev.tidemark.flink.functions.BookState",
    "BOOK_WINDOW": "dev.tidemark.flink.functions.BookWindow",
    "TRADE_PRICES": "dev.tidemark.flink.functions.TradePrices",
    "EFFECTIVE_SPREAD": "dev.tidemark.flink.functions.EffectiveSpread",
    "SPREAD_BPS": "dev.tidemark.flink.functions.SpreadBps",
    "BOOK_IMBALANCE": "dev.tidemark.flink.functions.BookImbalance",
    "MICROPRICE": "dev.tidemark.flink.functions.Microprice",
}
"""Of java/table. Its aggregates are exact in any order: batch and stream agree on them."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job's topology.

    Attributes:
        name: short, also the module's name.
        declare: DDL of its sources and sinks for a configuration.
        views: temporary views by name, in order.
        inserts: its statements; all run as one job graph.
        is_batch: True for a job that reads what is there and ends.
    """

    name: str
    declare: Callable[[JobConfig], Sequence[str]]
    views: Callable[[JobConfig], Mapping[str, str]]
    inserts: Callable[[JobConfig], Sequence[str]]
    is_batch: bool = False


def graph_settings(config: JobConfig) -> dict[str, str]:
    """Return the settings that the form of a job's graph depends on."""
    return {
        "parallelism.default": str(config.parallelism),
        "pipeline.object-reuse": "true",
        "table.local-time-zone": "UTC",
        # Generated methods stay whole: cutting them parses each class five times in planning, and
        # makes fields of local variables. The longest has 12 of the 64 kB that the JVM takes.
        "table.generated-code.max-length": "1000000",
        # Inserts of several sources into one sink stay apart: united, each row would change tasks.
        "table.optimizer.reuse-sink-enabled": "false",
        # The views that several sinks share are computed once, whatever columns each sink needs.
        "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    }


def _settings(job: Job, config: JobConfig) -> dict[str, str]:
    name = config.namespace.job(job.name)
    return {
        "pipeline.name": name,
        **graph_settings(config),
        **(_BATCH if job.is_batch else _checkpoints(name, config)),
    }


_BATCH = {
    # Somebody waits for its end, unlike a stream's; a lost TaskManager is back by then.
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "20",
    "restart-strategy.fixed-delay.delay": "3 s",
}


def _checkpoints(name: str, config: JobConfig) -> dict[str, str]:
    return {
        "execution.checkpointing.interval": f"{config.checkpoint_interval_ms} ms",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.dir": checkpoint_directory(name),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }


def build(job: Job, config: JobConfig) -> "TableEnvironment":
    """Return an environment in which the job's tables, functions and views exist."""
    # Only here, so that a topology can be looked at where Flink is not installed.
    from pyflink.table import EnvironmentSettings, TableEnvironment

    environment = TableEnvironment.create(
        EnvironmentSettings.in_batch_mode()
        if job.is_batch
        else EnvironmentSettings.in_streaming_mode()
    )
    for key, value in _settings(job, config).items():
        environment.get_config().set(key, value)
    for name, java_class in _FUNCTIONS.items():
        environment.execute_sql(
            f"CREATE TEMPORARY SYSTEM FUNCTION {name} AS '{java_class}' LANGUAGE JAVA"
        )
    environment.execute_sql(lake_catalog(config))
    for statement in job.declare(config):
        environment.execute_sql(statement)
    for name, query in job.views(config).items():
        # A view of a query that is planned already: as text it would be planned again wherever a
        # statement, or a view of a statement, names it.
        environment.create_temporary_view(name, environment.sql_query(query))
    return environment


def run(job: Job) -> None:
    """Build the job from the command line and the environment, and submit it."""
    config = read_config(job.name, sys.argv[1:], os.environ)
    statements = build(job, config).create_statement_set()
    for insert in job.inserts(config):
        statements.add_insert_sql(insert)
    client = statements.execute().get_job_client()
    if client is not None:
        _LOG.info("submitted %s as %s", config.namespace.job(job.name), client.get_job_id())
