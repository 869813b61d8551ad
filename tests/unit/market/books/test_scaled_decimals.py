import pytest

from market.books.scaled_decimals import from_e8, from_e16, to_e8
from market.errors import MalformedRecordError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("83091.60000000", 8_309_160_000_000),
        ("83091.70", 8_309_170_000_000),
        ("12", 1_200_000_000),
        ("0.00000001", 1),
        ("0.000", 0),
        ("99999999999.99999999", 9_999_999_999_999_999_999),
    ],
)
def test_spot_usdm_and_coinm_numbers_scale_alike(text: str, number: int) -> None:
    assert to_e8(text) == number


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_0", " 1", "1.2.3", "0.123456789", "٣", "nan"],
)
def test_a_malformed_number_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(MalformedRecordError, match="bad_decimal") as refused:
        to_e8(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["1.5\n", " 1.5 ", "\uff11.\uff15", "-0", "1" * 31])
def test_what_only_a_lenient_parser_would_accept_is_refused(text: str) -> None:
    with pytest.raises(MalformedRecordError, match="bad_decimal"):
        to_e8(text)


def test_numbers_convert_back_to_text_without_loss() -> None:
    assert from_e8(to_e8("83091.7")) == "83091.70000000"
    assert from_e16(to_e8("83091.70000001") * to_e8("2")) == "166183.4000000200000000"
