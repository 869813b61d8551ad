"""The producer of one task: records and source offsets in one Kafka transaction.

A second producer with the same transactional id fences this one, so that a task presumed dead can
write nothing more. Values are JSON.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, TransactionDescription
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from connectors.connect.clock import Clock
from connectors.connect.contract import SourceRecord
from connectors.connect.errors import FencedError
from connectors.connect.fencing import (
    PROTOCOL,
    TRANSACTION_TIMEOUT_MS,
    Identity,
    explain,
    is_old_epoch,
    successor_of,
)
from connectors.connect.offsets import encode_key, encode_offset
from connectors.connect.topics import BOOTSTRAP_TIMEOUT_MS, COMPRESSION
from market.dictionary.names import Namespace
from market.dictionary.topics import CONNECT_OFFSETS

if TYPE_CHECKING:
    from kafka.producer.future import FutureRecordMetadata

DELIVERY_TIMEOUT_MS = 30_000
"""A record that is not acknowledged by then fails the transaction, and the task restarts."""

ANSWER_TIMEOUT_S = DELIVERY_TIMEOUT_MS / 1000 + 15
"""The client itself would wait for ever for a commit when the broker was away for too long."""

ABORT_TIMEOUT_S, CLOSE_TIMEOUT_S = 2.0, 1.0

SUCCESSOR_STARTS_S = 2.0
"""A successor that found our transaction open gets its own epoch well within this."""

LINGER_MS = 5
BATCH_BYTES = 128 * 1024

_LOG = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class TransactionalProducer:
    """Writes batches of source records with their offsets, all or nothing.

    Args:
        bootstrap_servers: the broker's addresses.
        namespace: prefix of every topic.
        connector: name of the connector, part of the offsets' keys.
        transactional_id: ``<group>-<connector>-<task>``.
        clock: the machine's, or a test's.

    Raises:
        KafkaError: the broker does not answer or refuses.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        namespace: Namespace,
        connector: str,
        transactional_id: str,
        clock: Clock,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._transactional_id = transactional_id
        self._identity: Identity | None = None
        self._namespace = namespace
        self._connector = connector
        self._topics: dict[str, str] = {}
        self._offsets: dict[int, SourceRecord] = {}
        self._in_transaction = False
        self._began_s = 0.0
        self._is_broken = False
        self._clock = clock
        self._sent: list[FutureRecordMetadata] = []
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap_servers,
            api_version=PROTOCOL,
            transactional_id=transactional_id,
            enable_idempotence=True,
            acks="all",
            compression_type=COMPRESSION,
            linger_ms=LINGER_MS,
            batch_size=BATCH_BYTES,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
            request_timeout_ms=DELIVERY_TIMEOUT_MS // 2,
            max_block_ms=DELIVERY_TIMEOUT_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        with self._explaining():
            try:
                self._producer.init_transactions()
                given = self._producer._transaction_manager.producer_id_and_epoch
                self._identity = Identity(given.producer_id, given.epoch)
            except KafkaError:
                self._end(0)
                raise

    def send(self, records: Sequence[SourceRecord]) -> None:
        """Add records to the open transaction, beginning one if needed.

        Raises:
            FencedError: another producer has the same transactional id.
            KafkaError: the transaction can no longer succeed.
        """
        with self._explaining():
            if records and not self._in_transaction:
                self._producer.begin_transaction()
                self._in_transaction = True
                self._began_s = self._clock.monotonic_s()
            for record in records:
                self._send(record)

    def _send(self, record: SourceRecord) -> None:
        future = self._producer.send(
            self._topics.get(record.topic) or self._full_name(record.topic),
            _encode(record.value),
            None if record.key is None else record.key.encode(),
            list(record.headers),
            record.kafka_partition,
            record.timestamp_ms,
        )
        self._sent.append(future)
        if record.source_partition is not None and record.source_offset is not None:
            # Tasks use one mapping per partition, so its identity finds the last record quickly;
            # two equal mappings would only write the offset twice, in order.
            self._offsets.pop(id(record.source_partition), None)
            self._offsets[id(record.source_partition)] = record

    def _full_name(self, topic: str) -> str:
        return self._topics.setdefault(topic, self._namespace.topic(topic))

    def commit(self) -> None:
        """Write the offsets of the sent records and commit; do nothing without a transaction.

        Raises:
            FencedError: another producer has the same transactional id.
            KafkaError: the commit failed, or its outcome is unknown; either way records and
                offsets are both in or both out, and the offsets show the next start which.
        """
        if not self._in_transaction:
            return
        with self._explaining():
            for record in self._offsets.values():
                self._send_offset(record)
            self._await_acknowledgements()
            self._in_time(self._producer.commit_transaction, ANSWER_TIMEOUT_S)
        self._offsets.clear()
        self._in_transaction = False

    def _await_acknowledgements(self) -> None:
        """Wait until everything that was sent is in the log, or raise why it is not.

        A commit must not even be requested earlier: if a batch expired in between, the client
        would commit the transaction without it.
        """
        self._producer.flush(timeout=ANSWER_TIMEOUT_S)
        for future in self._sent:
            future.get(timeout=ANSWER_TIMEOUT_S)
        self._sent.clear()

    def _in_time(self, call: Callable[[], None], timeout_s: float) -> None:
        """Make a client call that may never return, in a thread that can be abandoned."""
        failures: list[Exception] = []

        def run() -> None:
            try:
                call()
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=run, name=self._transactional_id, daemon=True)
        thread.start()
        thread.join(timeout_s)
        if thread.is_alive():
            raise KafkaTimeoutError(
                f"transactional.id {self._transactional_id}: expected the end of a transaction to "
                f"be confirmed within {timeout_s:.0f} s, found no answer; the next start finds out "
                "how it ended"
            )
        if failures:
            raise failures[0]

    def _send_offset(self, record: SourceRecord) -> None:
        if record.source_partition is None or record.source_offset is None:
            return
        future = self._producer.send(
            self._full_name(CONNECT_OFFSETS.name),
            encode_offset(record.source_offset),
            encode_key(self._connector, record.source_partition),
        )
        self._sent.append(future)

    def close(self) -> None:
        """Close; an open transaction is aborted, by us if Kafka answers, else by our successor."""
        if self._in_transaction and not self._is_broken:
            try:
                self._in_time(self._producer.abort_transaction, ABORT_TIMEOUT_S)
            except KafkaError as error:
                self._is_broken = True
                _LOG.warning("%s: abort failed: %s", self._transactional_id, error)
        self._end(0 if self._is_broken else CLOSE_TIMEOUT_S)

    def _end(self, timeout_s: float) -> None:
        try:
            self._producer.close(timeout=timeout_s)
        except KafkaTimeoutError:
            # close() first waits for its batches and, if they do not end, leaves its thread
            # running: that thread would keep retrying alongside our successor.
            self._producer._sender.force_close()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Raise an error of Kafka as what it means for the task."""
        try:
            yield
        except KafkaError as error:
            raise self._explained(error) from error

    def _explained(self, error: KafkaError) -> KafkaError | FencedError:
        self._is_broken = True
        if is_old_epoch(error, (future.exception for future in self._sent)):
            if not self._in_transaction:
                return explain(self._transactional_id, 0, has_successor=True)
            open_s = self._clock.monotonic_s() - self._began_s
            return explain(self._transactional_id, open_s, has_successor=self._has_successor())
        if isinstance(error, KafkaTimeoutError | KafkaConnectionError):
            _LOG.warning("%s: the broker does not answer: %s", self._transactional_id, error)
        return error

    def _has_successor(self) -> bool | None:
        """Ask the broker whether another producer has the id; None when it does not say."""
        if self._identity is None:
            return None
        return successor_of(
            self._identity,
            self._describe,
            lambda: time.sleep(SUCCESSOR_STARTS_S),
        )

    def _describe(self) -> TransactionDescription:
        admin = KafkaAdminClient(
            bootstrap_servers=self._bootstrap_servers, bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS
        )
        try:
            described = admin.describe_transactions([self._transactional_id])
            answer: TransactionDescription = described[self._transactional_id]
            return answer
        finally:
            admin.close()
