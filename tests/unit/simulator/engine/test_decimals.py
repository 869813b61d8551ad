import pytest

from simulator.engine.decimals import from_e8, from_e16, places_of, to_e8, wire_form


def test_wire_numbers_are_scaled_without_loss():
    assert to_e8("61837.63000000") == 61_837_63000000
    assert to_e8("0.00001000") == 1000
    assert to_e8("7") == 700_000_000


def test_numbers_are_written_with_eight_decimals():
    assert from_e8(1000) == "0.00001000"
    assert from_e8(-150_000_000) == "-1.50000000"


def test_a_product_is_cut_to_eight_decimals():
    assert from_e16(to_e8("0.00000001") * to_e8("0.5")) == "0.00000000"
    assert from_e16(to_e8("61837.63") * to_e8("0.02")) == "1236.75260000"


@pytest.mark.parametrize("text", ["", "-1.0", "1e5", "0.123456789", "1.2.3"])
def test_malformed_numbers_are_refused_with_the_text_found(text):
    with pytest.raises(ValueError, match=r"decimal|invalid literal"):
        to_e8(text)


@pytest.mark.parametrize(
    ("unit", "digits", "count", "text"),
    [
        ("0.01", 8, 8_309_160, b"83091.60000000"),
        ("0.10", 2, 830_916, b"83091.60"),
        ("0.001", 3, 22, b"0.022"),
        ("1", 0, 7, b"7"),
        ("0.00001", 8, 0, b"0.00000000"),
    ],
)
def test_counts_of_a_unit_are_written_with_the_symbols_decimals(unit, digits, count, text):
    assert wire_form(to_e8(unit), digits)(count) == text


@pytest.mark.parametrize(("unit", "places"), [("0.10", 1), ("0.00001", 5), ("1", 0), ("10", 0)])
def test_a_unit_needs_its_decimals_without_trailing_zeros(unit, places):
    assert places_of(to_e8(unit)) == places
