"""Numbers and levels as the exchange sends them."""

import pytest

from market.books.depth_updates import BookSnapshot, DepthDiff
from market.books.scaled_decimals import from_e8, from_e16, to_e8
from market.errors import MalformedRecordError
from tests.support.depth import spot, usdm


def test_levels_are_read_as_scaled_integers() -> None:
    diff = DepthDiff.from_wire(1, 2, None, 5, [["83091.60000000", "0.5"]], [["83091.70", "12"]])
    assert diff.bids == ((8_309_160_000_000, 50_000_000),)
    assert diff.asks == ((8_309_170_000_000, 1_200_000_000),)


@pytest.mark.parametrize("levels", [[["1.0"]], [["1", "2", "3"]], [[1, 2]], [None], [[["1"], "2"]]])
def test_a_malformed_level_is_refused_before_anything_is_applied(
    levels: list[list[str]],
) -> None:
    with pytest.raises(MalformedRecordError):
        DepthDiff.from_wire(1, 2, None, 5, levels, [])
    with pytest.raises(MalformedRecordError):
        BookSnapshot.from_wire(1, [], levels, 5)


def test_ids_that_run_backwards_are_refused() -> None:
    with pytest.raises(MalformedRecordError, match="first <= last, found 9 > 8"):
        spot(9, 8)


def test_ids_that_no_column_can_hold_are_refused() -> None:
    with pytest.raises(MalformedRecordError, match="bad_update_id"):
        spot(9, 2**63)
    with pytest.raises(MalformedRecordError, match="bad_update_id"):
        BookSnapshot.from_wire(2**63, [], [], 5)


def test_a_spot_diff_continues_the_id_before_its_first() -> None:
    assert spot(11, 14).continues(10)
    assert not spot(12, 14).continues(10)


def test_a_spot_diff_that_overlaps_continues_too() -> None:
    assert spot(8, 14).continues(10)
    assert spot(8, 14).continues_snapshot(10)


def test_a_usdm_diff_continues_only_the_diff_it_names() -> None:
    assert usdm(10, 150, 160).continues(10)
    assert not usdm(9, 11, 160).continues(10)


@pytest.mark.parametrize("snapshot_id", [10, 11, 149, 150, 155, 160])
def test_a_usdm_diff_continues_a_snapshot_inside_it_or_in_the_gap_before_it(
    snapshot_id: int,
) -> None:
    assert usdm(10, 150, 160).continues_snapshot(snapshot_id)


def test_a_usdm_diff_does_not_continue_a_snapshot_before_the_gap() -> None:
    assert not usdm(10, 150, 160).continues_snapshot(9)


def test_the_documented_usdm_condition_is_enough() -> None:
    assert usdm(200, 150, 160).continues_snapshot(155)


@pytest.mark.parametrize(
    "level", [["1" + "0" * 10, "1"], ["1" + "0" * 30, "1"], ["1", "1" + "0" * 20]]
)
def test_a_price_or_size_that_no_column_can_hold_is_refused(level: list[str]) -> None:
    words = r"bad_level: expected a price below 10\^10|bad_decimal: .* with at most 20 digits"
    with pytest.raises(MalformedRecordError, match=words):
        DepthDiff.from_wire(1, 2, None, 5, [level], [])


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
