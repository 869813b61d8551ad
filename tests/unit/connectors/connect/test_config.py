import pytest

from connectors.connect.config import Key, describe, parse
from connectors.connect.errors import ConfigError

KEYS = (
    Key("symbols", None, "Comma-separated symbols."),
    Key("tasks.max", "1", "Most tasks.", 1, 8),
    Key("exchange", "live", "Where from.", choices=("live", "simulator")),
)


def test_absent_keys_take_their_defaults() -> None:
    settings = parse("x", KEYS, {"symbols": "A"})
    assert settings.integer("tasks.max") == 1
    assert settings.text("exchange") == "live"


def test_numbers_and_booleans_are_converted_to_text() -> None:
    settings = parse("x", KEYS, {"symbols": True, "tasks.max": 3})
    assert (settings.text("symbols"), settings.integer("tasks.max")) == ("true", 3)


def test_lists_lose_blanks_and_duplicates_but_keep_their_order() -> None:
    settings = parse("x", KEYS, {"symbols": " B, A,,B "})
    assert settings.names("symbols") == ("B", "A")


def test_milliseconds_are_given_as_seconds() -> None:
    settings = parse("x", (Key("interval.ms", "250", "An interval.", 1),), {})
    assert settings.seconds("interval.ms") == 0.25


def test_every_bad_key_is_listed_with_what_was_expected_and_found() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("connector spot", KEYS, {"symbls": "A", "tasks.max": "9", "exchange": "test"})
    assert caught.value.problems == (
        "symbls is not a known key; did you mean symbols?",
        "symbols is required: Comma-separated symbols.",
        "tasks.max: expected an integer >= 1 and <= 8, found '9'",
        "exchange: expected one of live, simulator, found 'test'",
    )
    assert str(caught.value).startswith("connector spot: 4 problem(s)")


@pytest.mark.parametrize("text", ["", "1.5", "zero", "0"])
def test_anything_but_an_integer_in_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"tasks.max: expected an integer"):
        parse("x", KEYS, {"symbols": "A", "tasks.max": text})


def test_an_unknown_key_without_a_near_one_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"zzz is not a known key; known: symbols, tasks.max"):
        parse("x", KEYS, {"symbols": "A", "zzz": "1"})


def test_help_shows_every_key_with_its_default() -> None:
    text = describe(KEYS)
    assert "symbols (required)" in text
    assert "tasks.max (default 1)\n      Most tasks." in text
