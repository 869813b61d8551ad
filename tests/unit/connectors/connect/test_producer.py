"""What becomes of a producer whose epoch is refused, while clocks are set.

How Kafka really behaves is tested with a broker; here a double refuses on demand.
"""

from types import SimpleNamespace

import pytest
from kafka.admin import TransactionDescription, TransactionState
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, ProducerFencedError

from connectors.connect import producer
from connectors.connect.contract import SourceRecord
from connectors.connect.errors import FencedError
from connectors.connect.producer import TransactionalProducer
from market.dictionary.names import Namespace
from tests.support.connector_doubles import HandClock

RECORD = SourceRecord("trades", "market|BTCUSDT", {"trade_id": 1})
EPOCH = 3


class Kafka:
    """Takes records and refuses to commit them."""

    def __init__(self, **_: object) -> None:
        given = SimpleNamespace(producer_id=7, epoch=EPOCH)
        self._transaction_manager = SimpleNamespace(producer_id_and_epoch=given)
        self._sender = SimpleNamespace(force_close=lambda: None)

    def init_transactions(self) -> None: ...

    def begin_transaction(self) -> None: ...

    def send(self, *_: object) -> object:
        return SimpleNamespace(get=lambda timeout: None, exception=None)

    def flush(self, timeout: float) -> None: ...

    def commit_transaction(self) -> None:
        raise ProducerFencedError

    def close(self, timeout: float) -> None: ...


class Admin:
    """Says what the transactional id is, or that it cannot."""

    answer: tuple[str, int] | None = None

    def __init__(self, **_: object) -> None:
        if self.answer is None:
            raise KafkaConnectionError("away")

    def describe_transactions(self, ids: list[str]) -> dict[str, TransactionDescription]:
        assert self.answer is not None
        state, epoch = self.answer
        found = TransactionDescription(0, TransactionState(state), 7, epoch, 60_000, -1, set())
        return dict.fromkeys(ids, found)

    def close(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    monkeypatch.setattr(producer, "KafkaProducer", Kafka)
    monkeypatch.setattr(producer, "KafkaAdminClient", Admin)
    monkeypatch.setattr(producer, "SUCCESSOR_STARTS_S", 0)
    monkeypatch.setattr(Admin, "answer", None)
    return HandClock()


def outcome(clock: HandClock, open_s: float, step_s: float) -> KafkaError | FencedError:
    """Return how a transaction ends that is refused after some time, with the clock set in it."""
    writer = TransactionalProducer("host:9092", Namespace("n"), "spot", "n-spot-0", clock)
    writer.send([RECORD])
    clock.advance(open_s)
    clock.step(step_s)
    with pytest.raises((KafkaError, FencedError)) as ended:
        writer.commit()
    writer.close()
    error = ended.value
    assert isinstance(error, KafkaError | FencedError)
    return error


@pytest.mark.parametrize("step_s", [0, 120, -15, -3_600])
def test_a_fence_stays_one_however_the_clock_is_set(clock: HandClock, step_s: float) -> None:
    assert isinstance(outcome(clock, 1, step_s), FencedError)


@pytest.mark.parametrize("step_s", [0, 120, -15, -3_600])
def test_a_hung_transaction_ends_in_a_restart_however_the_clock_is_set(
    clock: HandClock, step_s: float
) -> None:
    assert isinstance(outcome(clock, 61, step_s), KafkaTimeoutError)


def test_what_the_broker_aborted_because_its_clock_was_set_is_restarted(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Admin, "answer", ("CompleteAbort", EPOCH + 1))
    assert isinstance(outcome(clock, 1, 120), KafkaTimeoutError)


def test_a_successor_that_the_broker_names_is_one_even_after_a_sleep(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Admin, "answer", ("Ongoing", EPOCH + 2))
    assert isinstance(outcome(clock, 3_600, 0), FencedError)
