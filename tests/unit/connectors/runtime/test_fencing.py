"""What an old epoch looks like in the client's errors, and what it means."""

import pytest
from kafka.errors import (
    InvalidProducerEpochError,
    KafkaError,
    KafkaTimeoutError,
    ProducerFencedError,
)

from connectors.runtime.errors import FencedError
from connectors.runtime.fencing import TRANSACTION_TIMEOUT_MS, explain, is_old_epoch

OLD_EPOCH = [ProducerFencedError(), InvalidProducerEpochError()]


@pytest.mark.parametrize("refusal", OLD_EPOCH)
def test_an_old_epoch_is_seen_in_the_error_inside_it_and_beside_it(refusal: KafkaError) -> None:
    assert is_old_epoch(refusal, [])
    assert is_old_epoch(KafkaError("an earlier request has failed", refusal), [])
    assert is_old_epoch(KafkaError("in an error state"), [None, refusal])


def test_any_other_error_is_no_old_epoch() -> None:
    assert not is_old_epoch(KafkaTimeoutError("no answer"), [None, KafkaError("aborted")])


@pytest.mark.parametrize("open_ms", [0, 250, TRANSACTION_TIMEOUT_MS - 1])
def test_in_a_young_transaction_it_means_a_successor(open_ms: int) -> None:
    error = explain("group-spot-0", open_ms)
    assert isinstance(error, FencedError)
    assert "group-spot-0: another worker runs the same task" in str(error)


def test_in_a_transaction_that_the_broker_had_to_abort_it_means_a_sleep() -> None:
    error = explain("group-spot-0", TRANSACTION_TIMEOUT_MS)
    assert not isinstance(error, FencedError)
    assert "found it open for 60 s" in str(error)
