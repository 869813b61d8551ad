"""Fencing: how a producer learns that another one has its transactional id, and nothing else.

Kafka numbers the producers of one transactional id by epochs, and refuses what comes with an old
one. The broker itself also raises the epoch, when it aborts a transaction that was open for too
long. So an old epoch has two meanings, which only the age of the transaction tells apart:

- a successor took over: the task ends for good, or the two would fence each other in turn;
- we were away, as after a sleep of the machine: a new start reads from the last offsets.
"""

from collections.abc import Iterable

from kafka.errors import (
    InvalidProducerEpochError,
    KafkaError,
    KafkaTimeoutError,
    ProducerFencedError,
)

from connectors.runtime.errors import FencedError

PROTOCOL = (2, 4)
"""The Kafka whose protocol the producer speaks. From 2.5 on the client answers an old epoch by
asking for a new one: while the successor starts, a fenced producer gets it, tells nobody that it
was fenced, and its task, started anew, fences the successor."""

TRANSACTION_TIMEOUT_MS = 60_000
"""The broker aborts a transaction that stays open longer: far above any commit interval."""

_OLD_EPOCH = (ProducerFencedError, InvalidProducerEpochError)


def is_old_epoch(error: KafkaError, others: Iterable[BaseException | None]) -> bool:
    """Return whether the epoch was refused.

    Args:
        error: what a call raised; it may carry the refusal inside, or only follow from it.
        others: what became of the records of the same transaction.
    """
    return any(isinstance(cause, _OLD_EPOCH) for cause in (error, *error.args, *others))


def explain(transactional_id: str, open_ms: int) -> KafkaError | FencedError:
    """Return what an old epoch means, as an error.

    Args:
        transactional_id: whose epoch it is.
        open_ms: age of the open transaction by the wall clock, milliseconds.
    """
    if open_ms >= TRANSACTION_TIMEOUT_MS:
        return KafkaTimeoutError(
            f"transactional.id {transactional_id}: expected a transaction to end within "
            f"{TRANSACTION_TIMEOUT_MS / 1000:.0f} s, found it open for {open_ms / 1000:.0f} s, as "
            "after a sleep of the machine; the broker aborted it, and a new start repeats it"
        )
    return FencedError(
        f"transactional.id {transactional_id}: another worker runs the same task and has fenced "
        "this one; nothing of the open transaction was written. Stop one of them, or give it "
        "another group.id"
    )
