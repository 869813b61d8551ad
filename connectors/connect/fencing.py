"""Fencing: how a producer finds out that another one has taken over its transactional id.

Kafka numbers the producers of one transactional id by epoch, and refuses requests with an old one.
The broker itself also raises the epoch when it aborts a transaction that was open for too long by
the broker's own clock, which may have been set. So an old epoch has two meanings:

- a successor took over: the task ends permanently, or the two would fence each other in turn;
- we were away, as after a sleep of the machine: a restart reads from the last offsets.

Without an open transaction there was nothing to abort, so there is a successor. With one, the
broker is asked: its own abort leaves the epoch after ours and an aborted transaction, while a
successor that found one open has the epoch after that. Only if the broker does not say does the age
of the transaction decide, by a clock that nobody sets and that counts sleep.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafka.admin import TransactionDescription, TransactionState
from kafka.errors import (
    InvalidProducerEpochError,
    KafkaError,
    KafkaTimeoutError,
    ProducerFencedError,
)

from connectors.connect.errors import FencedError

PROTOCOL = (2, 4)
"""The Kafka version whose protocol the producer speaks. From 2.5 on, the client answers an old
epoch by requesting a new one: while the successor starts, a fenced producer gets it and does not
report that it was fenced; then its task restarts and fences the successor."""

TRANSACTION_TIMEOUT_MS = 60_000
"""The broker aborts a transaction that stays open longer; far above any commit interval."""

_ABORTING = (
    TransactionState.PREPARE_EPOCH_FENCE,
    TransactionState.PREPARE_ABORT,
    TransactionState.COMPLETE_ABORT,
)

_LOG = logging.getLogger(__name__)

_OLD_EPOCH = (ProducerFencedError, InvalidProducerEpochError)


def is_old_epoch(error: KafkaError, others: Iterable[BaseException | None]) -> bool:
    """Return whether an old epoch was the cause of an error.

    Args:
        error: what a call raised; it may contain the refusal, or only result from it.
        others: the errors of the records of the same transaction.
    """
    return any(isinstance(cause, _OLD_EPOCH) for cause in (error, *error.args, *others))


@dataclass(frozen=True, slots=True)
class Identity:
    """How the broker identifies a producer."""

    producer_id: int
    epoch: int


def successor_of(
    identity: Identity, described: Callable[[], TransactionDescription], pause: Callable[[], object]
) -> bool | None:
    """Return whether another producer has the transactional id; None when nobody says.

    Args:
        identity: of the producer whose epoch was refused in an open transaction.
        described: asks the broker for the present state of the transactional id.
        pause: waits; a successor that is just starting shows up a moment later.
    """
    for last in (False, True):
        try:
            now = described()
        except Exception as error:  # whatever it is, the age decides then
            _LOG.warning("the broker does not say who has the transactional id: %s", error)
            return None
        found = Identity(now.producer_id, now.producer_epoch)
        aborted = Identity(identity.producer_id, identity.epoch + 1)
        if found != aborted or now.state not in _ABORTING:
            return True
        if not last:
            pause()
    return None if now.state is not TransactionState.COMPLETE_ABORT else False


def explain(
    transactional_id: str, open_s: float, *, has_successor: bool | None
) -> KafkaError | FencedError:
    """Return the error that an old epoch means.

    Args:
        transactional_id: whose epoch it is.
        open_s: age of the open transaction, in monotonic seconds.
        has_successor: what the broker said; None when it said nothing.
    """
    if has_successor is None:
        has_successor = open_s * 1000 < TRANSACTION_TIMEOUT_MS
    if not has_successor:
        return KafkaTimeoutError(
            f"transactional.id {transactional_id}: expected a transaction to end within "
            f"{TRANSACTION_TIMEOUT_MS / 1000:.0f} s of the broker's clock, found that it was "
            f"aborted after {open_s:.0f} s of ours, as after a sleep of the machine; a restart "
            "repeats it"
        )
    return FencedError(
        f"transactional.id {transactional_id}: another worker runs the same task and has fenced "
        "this one; nothing of the open transaction was written. Stop one of them, or give it "
        "another group.id"
    )
