"""The worker's command line: files to configuration, signals to a stop, errors to one clear text.

The only place where a worker is wired.
"""

import logging
import os
import signal
import sys
from pathlib import Path

import click
from kafka.errors import KafkaError

from connectors.connect.clock import SystemClock
from connectors.connect.config import Key, describe
from connectors.connect.errors import ExitCode
from connectors.connect.status_server import StatusServer, status_page
from connectors.connect.topics import ensure_topics
from connectors.connect.worker import Worker, plan_tasks
from connectors.connect.worker_config import (
    COMMON_KEYS,
    ENVIRONMENT,
    WORKER_KEYS,
    read_connector_file,
    read_worker_config,
)
from connectors.exchanges import SOURCES
from market.dictionary.topics import TOPICS
from market.errors import TidemarkError

_LOG_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_QUIET_LOGGERS = ("kafka", "websockets", "urllib3", "binance")


def _source_help() -> str:
    """Return the keys of every connector; those that have the same stand together."""
    classes: dict[tuple[Key, ...], list[str]] = {}
    for source in SOURCES:
        classes.setdefault(source.keys, []).append(source.connector_class)
    return "\n".join(
        f"\b\nKeys of {' and '.join(names)}:\n{describe(keys)}\n" for keys, names in classes.items()
    )


_HELP = f"""\b
Run source connectors: from an exchange to Kafka, records and offsets in one transaction.

\b
A connector file: {{"name": "binance-spot", "config": {{
    "connector.class": "connectors.binance.spot.SpotTradesConnector",
    "exchange": "live", "symbols": "BTCUSDT,ETHUSDT"}}}}

\b
Worker keys, in a JSON object (environment: {", ".join(ENVIRONMENT)}):
{describe(WORKER_KEYS)}

\b
Keys of every connector:
{describe(COMMON_KEYS)}

{_source_help()}
\b
Exit codes:
  {ExitCode.STOPPED}  stopped as asked; everything received before is committed
  {ExitCode.ERROR}  configuration, Kafka, or a task that did not stop in time
  2  wrong command line
  {ExitCode.FAILED}  every task failed permanently, such as one fenced by another worker; no restart
"""


@click.command(help=_HELP, context_settings={"max_content_width": 110})
@click.option(
    "--worker",
    "worker_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON file of the worker.",
)
@click.argument(
    "connector_files",
    metavar="CONNECTOR.JSON...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
)
def main(worker_file: Path, connector_files: tuple[Path, ...]) -> None:
    """Run a worker until SIGTERM or SIGINT; exit as `ExitCode` says."""
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT, stream=sys.stderr)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        code = _run(worker_file, connector_files)
    except TidemarkError as error:
        raise click.ClickException(str(error)) from error
    except KafkaError as error:
        raise click.ClickException(
            f"Kafka: {error}; check bootstrap.servers, or KAFKA_BOOTSTRAP_SERVERS, and the broker"
        ) from error
    logging.shutdown()
    os._exit(code)  # a thread that did not end in time must not keep the process


def _run(worker_file: Path, connector_files: tuple[Path, ...]) -> ExitCode:
    config = read_worker_config(worker_file, os.environ)
    plans = plan_tasks(read_connector_file(path) for path in connector_files)
    ensure_topics(config.bootstrap_servers, TOPICS.values(), config.namespace)
    worker = Worker(config, plans, SystemClock())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    page = status_page(config.group_id, worker.runners)
    with StatusServer(config.rest_host, config.rest_port, page) as server:
        logging.getLogger(__name__).info("status on http://%s:%d", config.rest_host, server.port)
        return worker.run()
