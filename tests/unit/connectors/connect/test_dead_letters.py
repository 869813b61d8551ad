import pytest

from connectors.connect.config import parse
from connectors.connect.dead_letters import (
    KEYS,
    MAX_PAYLOAD_CHARACTERS,
    DeadLetter,
    DeadLetterLimits,
    DeadLetters,
)
from connectors.connect.errors import DeadLetterLimitError
from market.dictionary.topics import DEAD_LETTERS
from tests.support.connector_doubles import HandClock

LETTER = DeadLetter("binance-spot", "BTCUSDT", "btcusdt@trade", "bad_price", "found -1", "{}")


def letters(**limits: int) -> DeadLetters:
    return DeadLetters("spot", 2, DeadLetterLimits(**limits), HandClock(42))


def test_a_letter_has_the_topics_fields_and_no_others() -> None:
    value = letters().refused(LETTER)
    assert set(value) == {field.name for field in DEAD_LETTERS.fields}
    assert (value["connector"], value["task"], value["receive_time_ms"]) == ("spot", 2, 42)


def test_an_overlong_payload_is_cut() -> None:
    long = DeadLetter("m", "S", "s", "bad_json", "d", "x" * (MAX_PAYLOAD_CHARACTERS + 1))
    assert len(str(letters().refused(long)["payload"])) == MAX_PAYLOAD_CHARACTERS


def test_repeats_of_what_is_stored_already_never_stop_the_task() -> None:
    counted = letters(max_consecutive=3, max_percent=1)
    for _ in range(2_000):
        assert counted.repeated(LETTER)["reason"] == LETTER.reason
    counted.check()


def test_consecutive_refusals_stop_the_task() -> None:
    counted = letters(max_consecutive=3)
    counted.refused(LETTER)
    counted.refused(LETTER)
    counted.check()
    counted.refused(LETTER)
    with pytest.raises(DeadLetterLimitError, match="3 records in a row were refused"):
        counted.check()


def test_an_accepted_record_ends_the_row() -> None:
    counted = letters(max_consecutive=2)
    for _ in range(5):
        counted.refused(LETTER)
        counted.accepted()
    counted.check()


def test_a_limit_reached_between_two_checks_still_counts() -> None:
    counted = letters(max_consecutive=2)
    counted.refused(LETTER)
    counted.refused(LETTER)
    counted.accepted()
    with pytest.raises(DeadLetterLimitError):
        counted.check()


def test_a_share_of_the_last_records_stops_the_task() -> None:
    counted = letters(max_percent=20, window_records=10)
    for _ in range(2):
        counted.refused(LETTER)
        counted.accepted(4)
    with pytest.raises(DeadLetterLimitError, match=r"20.0 % of the last 10 records"):
        counted.check()


def test_the_share_is_not_computed_before_the_window_is_full() -> None:
    counted = letters(max_percent=20, window_records=100)
    for _ in range(10):
        counted.refused(LETTER)
        counted.accepted()
    counted.check()


def test_old_refusals_leave_the_window() -> None:
    counted = letters(max_percent=20, window_records=10)
    counted.refused(LETTER)
    counted.refused(LETTER)
    counted.accepted(10)
    counted.check()


def test_the_error_shows_the_last_letter_and_what_to_do() -> None:
    counted = letters(max_consecutive=1)
    counted.refused(LETTER)
    with pytest.raises(
        DeadLetterLimitError, match=r"bad_price: found -1\. Read topic dead_letters"
    ):
        counted.check()


def test_no_tolerance_stops_at_the_first() -> None:
    limits = DeadLetterLimits.of(parse("x", KEYS, {"errors.tolerance": "none"}))
    counted = DeadLetters("spot", 0, limits, HandClock())
    counted.accepted(1_000_000)
    counted.check()
    counted.refused(LETTER)
    with pytest.raises(DeadLetterLimitError):
        counted.check()


def test_limits_are_configured() -> None:
    config = {
        "errors.deadletters.max.consecutive": "7",
        "errors.deadletters.max.percent": "50",
        "errors.deadletters.window.records": "60",
    }
    assert DeadLetterLimits.of(parse("x", KEYS, config)) == DeadLetterLimits(7, 50, 60)
