"""Numbers of a report as a person reads them."""

from decimal import Decimal

import pytest

from flows.report.numbers import UNKNOWN, amount, count, decimals, percent, price, signed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("88227.98000000"), "88,227.98"),
        (Decimal("2946.07"), "2,946.07"),
        (Decimal("142.45"), "142.450"),
        (Decimal("0.15526"), "0.155260"),
        (Decimal("0.00001234"), "0.0000123400"),
        (0, "0.00"),
    ],
)
def test_a_price_shows_six_digits_and_two_decimals_at_least(value: Decimal, shown: str) -> None:
    assert price(value) == shown


def test_amounts_are_shown_in_thousands_millions_and_billions() -> None:
    assert [amount(Decimal(one)) for one in ("0.5", "12", "1234", "5840000", "2500000000")] == [
        "0.5",
        "12",
        "1.23 k",
        "5.84 M",
        "2.5 B",
    ]


def test_what_is_nearly_whole_is_not_shown_as_whole() -> None:
    assert percent(1.0) == "100"
    assert percent(0.999999) == "99.99"
    assert percent(0.5) == "50.00"
    assert percent(0) == "0.00"


def test_signs_are_of_one_width() -> None:
    assert (signed(0.25, 2), signed(-0.25, 2), decimals(-1.5, 1)) == ("+0.25", "−0.25", "−1.5")  # noqa: RUF001


def test_what_is_unknown_is_never_a_zero() -> None:
    shown = [
        price(None),
        amount(None),
        count(None),
        percent(None),
        signed(None, 1),
        decimals(None, 1),
    ]
    assert set(shown) == {UNKNOWN}
    assert count(0) == "0"
