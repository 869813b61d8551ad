"""What an old epoch looks like in the client's errors, and what it means."""

import pytest
from kafka.admin import TransactionDescription, TransactionState
from kafka.errors import (
    InvalidProducerEpochError,
    KafkaError,
    KafkaTimeoutError,
    ProducerFencedError,
)

from connectors.connect.errors import FencedError
from connectors.connect.fencing import (
    TRANSACTION_TIMEOUT_MS,
    Identity,
    explain,
    is_old_epoch,
    successor_of,
)

OLD_EPOCH = [ProducerFencedError(), InvalidProducerEpochError()]


@pytest.mark.parametrize("refusal", OLD_EPOCH)
def test_an_old_epoch_is_found_in_the_error_inside_it_and_beside_it(
    refusal: KafkaError,
) -> None:
    assert is_old_epoch(refusal, [])
    assert is_old_epoch(KafkaError("an earlier request has failed", refusal), [])
    assert is_old_epoch(KafkaError("in an error state"), [None, refusal])


def test_any_other_error_is_not_an_old_epoch() -> None:
    assert not is_old_epoch(KafkaTimeoutError("no answer"), [None, KafkaError("aborted")])


PATIENCE_S = TRANSACTION_TIMEOUT_MS / 1000
OURS = Identity(7, 3)


class Broker:
    """Says what a transactional id is; its last answer again and again."""

    def __init__(self, *answers: tuple[str, int]) -> None:
        self._answers = list(answers)
        self.pauses = 0

    def describe(self) -> TransactionDescription:
        state, epoch = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return TransactionDescription(0, TransactionState(state), 7, epoch, 60_000, -1, set())

    def pause(self) -> None:
        self.pauses += 1

    def successor(self) -> bool | None:
        return successor_of(OURS, self.describe, self.pause)


class TestAskingTheBroker:
    def test_the_brokers_own_abort_is_no_successor(self) -> None:
        broker = Broker(("CompleteAbort", 4))
        assert broker.successor() is False
        assert broker.pauses == 1

    @pytest.mark.parametrize(
        ("state", "epoch"),
        [("Empty", 5), ("Ongoing", 5), ("CompleteCommit", 9), ("CompleteAbort", 5), ("Empty", 4)],
    )
    def test_a_later_epoch_is_a_successor(self, state: str, epoch: int) -> None:
        broker = Broker((state, epoch))
        assert broker.successor() is True
        assert broker.pauses == 0

    def test_a_successor_that_is_just_starting_is_awaited(self) -> None:
        assert Broker(("PrepareAbort", 4), ("Empty", 5)).successor() is True
        assert Broker(("CompleteAbort", 4), ("Ongoing", 5)).successor() is True

    def test_another_producer_id_is_a_successor(self) -> None:
        broker = Broker(("CompleteAbort", 4))
        assert successor_of(Identity(6, 3), broker.describe, broker.pause) is True

    def test_an_abort_that_does_not_end_says_nothing(self) -> None:
        assert Broker(("PrepareAbort", 4)).successor() is None

    @pytest.mark.parametrize("error", [KafkaTimeoutError("away"), ValueError("no such state")])
    def test_without_an_answer_nothing_is_known(self, error: Exception) -> None:
        def describe() -> TransactionDescription:
            raise error

        assert successor_of(OURS, describe, lambda: None) is None


@pytest.mark.parametrize("open_s", [0.0, 0.25, PATIENCE_S, 10_000.0])
def test_a_successor_fences_however_old_the_transaction(open_s: float) -> None:
    error = explain("group-spot-0", open_s, has_successor=True)
    assert isinstance(error, FencedError)
    assert "group-spot-0: another worker runs the same task" in str(error)


@pytest.mark.parametrize("open_s", [0.0, 0.25, PATIENCE_S, 10_000.0])
def test_an_abort_by_a_broker_clock_that_was_set_ends_in_a_restart(open_s: float) -> None:
    assert not isinstance(explain("group-spot-0", open_s, has_successor=False), FencedError)


@pytest.mark.parametrize("open_s", [0.0, 0.25, PATIENCE_S - 0.001])
def test_without_the_brokers_word_a_young_transaction_means_a_successor(open_s: float) -> None:
    assert isinstance(explain("group-spot-0", open_s, has_successor=None), FencedError)


def test_without_the_brokers_word_a_transaction_past_its_timeout_means_a_sleep() -> None:
    error = explain("group-spot-0", PATIENCE_S, has_successor=None)
    assert not isinstance(error, FencedError)
    assert "aborted after 60 s of ours" in str(error)
