"""When a connection has proven a time, and two that carry the same diffs for a while."""

from connectors.feeds.connection_time import SETTLE_S, SILENCE_S, ConnectionTime, Step
from connectors.feeds.events import DepthReceived
from connectors.feeds.overlap import Overlap

EXCHANGE_MS = 1_700_000_000_000


def connected(frame_time_ms: int = EXCHANGE_MS) -> ConnectionTime:
    time = ConnectionTime()
    time.on_connected(0.0)
    time.on_frame(frame_time_ms, 0.0)
    return time


def settled(time: ConnectionTime, answer_ms: int) -> float:
    """Lead through silence, question and answer up to the ping; return the second of the ping."""
    now_s = SILENCE_S
    assert time.next_step(now_s) is Step.ASK_TIME
    time.on_time(answer_ms, now_s + 0.1)
    assert time.next_step(now_s + 0.1 + SETTLE_S) is Step.PING
    return now_s + 0.1 + SETTLE_S


def test_nothing_is_proven_before_the_first_frame() -> None:
    time = ConnectionTime()
    time.on_connected(0.0)
    assert time.time_ms == 0


def test_the_largest_publish_time_is_proven() -> None:
    time = connected()
    time.on_frame(EXCHANGE_MS + 50, 0.1)
    time.on_frame(EXCHANGE_MS + 20, 0.2)
    time.on_frame(0, 0.3)
    assert time.time_ms == EXCHANGE_MS + 50


def test_a_disconnected_exchange_proves_nothing() -> None:
    time = connected()
    time.on_disconnected()
    assert time.time_ms == 0
    assert time.next_step(60.0) is Step.NOTHING


def test_while_frames_come_the_exchange_is_not_asked() -> None:
    time = connected()
    time.on_frame(EXCHANGE_MS, 0.9)
    assert time.next_step(SILENCE_S) is Step.NOTHING


def test_in_silence_the_exchanges_time_is_proven_by_answer_wait_and_pong() -> None:
    time = connected()
    pinged_s = settled(time, EXCHANGE_MS + 1_100)
    assert time.time_ms == EXCHANGE_MS
    time.on_alive(pinged_s + 0.05)
    assert time.time_ms == EXCHANGE_MS + 1_100


def test_only_one_request_is_open_at_a_time() -> None:
    time = connected()
    assert time.next_step(SILENCE_S) is Step.ASK_TIME
    assert time.next_step(SILENCE_S + 30) is Step.NOTHING


def test_a_frame_between_request_and_pong_ends_the_attempt() -> None:
    time = connected()
    pinged_s = settled(time, EXCHANGE_MS + 1_100)
    time.on_frame(EXCHANGE_MS + 1_050, pinged_s)
    time.on_alive(pinged_s + 0.05)
    assert time.time_ms == EXCHANGE_MS + 1_050


def test_a_frame_between_request_and_answer_ends_the_attempt() -> None:
    time = connected()
    time.next_step(SILENCE_S)
    time.on_frame(EXCHANGE_MS + 10, SILENCE_S + 0.05)
    time.on_time(EXCHANGE_MS + 1_100, SILENCE_S + 0.1)
    assert time.next_step(SILENCE_S + 0.9) is Step.NOTHING
    assert time.time_ms == EXCHANGE_MS + 10


def test_a_half_open_socket_proves_nothing() -> None:
    time = connected()
    pinged_s = settled(time, EXCHANGE_MS + 1_100)
    assert time.next_step(pinged_s + 100) is Step.NOTHING
    assert time.time_ms == EXCHANGE_MS


def test_a_pong_that_answers_the_librarys_own_ping_proves_nothing() -> None:
    time = connected()
    time.next_step(SILENCE_S)
    time.on_time(EXCHANGE_MS + 1_100, SILENCE_S)
    time.on_alive(SILENCE_S + 0.01)
    assert time.time_ms == EXCHANGE_MS


def test_without_an_answer_the_exchange_is_asked_again_after_the_same_silence() -> None:
    time = connected()
    time.next_step(SILENCE_S)
    time.on_time(None, 5.0)
    assert time.next_step(5.0 + SILENCE_S / 2) is Step.NOTHING
    assert time.next_step(5.0 + SILENCE_S) is Step.ASK_TIME


def test_an_answer_of_an_earlier_connection_is_not_used() -> None:
    time = connected()
    time.next_step(SILENCE_S)
    time.on_disconnected()
    time.on_connected(2.0)
    time.on_time(EXCHANGE_MS + 9_000, 2.1)
    assert time.next_step(2.1 + SETTLE_S) is Step.NOTHING
    assert time.time_ms == 0


def test_an_exchange_clock_that_runs_behind_its_frames_changes_nothing() -> None:
    time = connected()
    pinged_s = settled(time, EXCHANGE_MS - 400)
    time.on_alive(pinged_s)
    assert time.time_ms == EXCHANGE_MS


def diff(
    last: int, symbol: str = "BTCUSDT", size: str = "1", previous: int | None = None
) -> DepthReceived:
    """A diff of ten ids."""
    return DepthReceived(symbol, 1_000 + last, last - 9, last, [("100", size)], [], previous)


def test_equal_and_different_diffs_are_counted_by_their_last_id() -> None:
    overlap = Overlap(0)
    for last in (10, 20, 30):
        overlap.on_old(diff(last))
    overlap.on_new(diff(20), 5)
    overlap.on_new(diff(30, size="2"), 5)
    overlap.on_new(diff(40), 5)
    compared = overlap.compare()
    assert (compared.equal, compared.different) == (1, 1)


def test_symbols_are_not_mixed_up() -> None:
    overlap = Overlap(0)
    overlap.on_old(diff(10, "ETHUSDT", size="7"))
    overlap.on_new(diff(10, "BTCUSDT"), 5)
    assert overlap.compare().different == 0


def test_a_book_can_continue_when_nothing_is_missing_before_the_first_kept_diff() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(30), 5)
    overlap.on_new(diff(40), 5)
    assert not overlap.continues({"BTCUSDT": 19})
    assert overlap.continues({"BTCUSDT": 20})
    assert overlap.continues({"BTCUSDT": 35})


def test_sparse_ids_continue_from_the_diff_before() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(300, previous=120), 5)
    assert not overlap.continues({"BTCUSDT": 119})
    assert overlap.continues({"BTCUSDT": 120})


def test_books_that_are_not_live_need_no_continuation() -> None:
    overlap = Overlap(0)
    overlap.on_new(diff(30), 5)
    assert overlap.continues({})
    assert Overlap(0).continues({"BTCUSDT": 1})
