"""The records' border: what is let in, and the wire form of what is."""

import pytest

from market.dictionary.records import GapMarker, Heartbeat, Trade, check_decimal
from market.errors import MalformedRecordError


def make_trade(**changes: object) -> Trade:
    values: dict[str, object] = {
        "market": "binance-spot",
        "symbol": "BTCUSDT",
        "trade_id": 7,
        "price": "61837.63000000",
        "quantity": "0.02000000",
        "taker_side": "sell",
        "event_time_ms": 1_723_161_255_342,
        "receive_time_ms": 1_723_161_254_087,
        "source": "live",
    }
    return Trade(**(values | changes))  # type: ignore[arg-type]


def test_a_trade_travels_with_its_decimals_as_received() -> None:
    value = make_trade(price="0.00001234").value()
    assert value["price"] == "0.00001234"
    assert value["kind"] == "trade"


def test_an_unknown_past_is_an_absent_key_and_not_zero() -> None:
    assert "missing_before" not in make_trade().value()
    assert make_trade(missing_before=0).value()["missing_before"] == 0


def test_the_key_is_market_and_symbol() -> None:
    assert make_trade().key() == "binance-spot|BTCUSDT"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("price", "0.00000000"),
        ("price", "-1.0"),
        ("price", "NaN"),
        ("price", "1e3"),
        ("price", ""),
        ("price", "61837.631234567"),
        ("price", "10000000000"),
        ("quantity", "100000000000"),
        ("quantity", "0"),
        ("quantity", None),
        ("price", "1" * 31),
    ],
)
def test_a_number_that_its_column_cannot_hold_exactly_is_refused(field: str, text: object) -> None:
    with pytest.raises(MalformedRecordError) as refused:
        make_trade(**{field: text})
    assert refused.value.reason == f"bad_{field}"
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "1_000.5",
        "+1.5",
        ".5",
        "1.",
        ".",
        "1.2.3",
        "-",
        "1,5",
        "0x1",
        "1e0",
        "Infinity",
        "-NaN",
        "--1",
        " 1.5 ",
        "1.5\n",
        "\n1.5",
        "1\u00a0",
        "\u0663.\u0665",
        "\uff11.\uff15",
        "1.\uff15",
    ],
)
def test_a_number_is_plain_ascii_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(MalformedRecordError, match="bad_price") as refused:
        make_trade(price=text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["0", "0.00000000", "00.5", "12"])
def test_zero_is_let_in_where_it_means_something(text: str) -> None:
    assert check_decimal(text, "size", 19, positive=False) == text


def test_less_than_zero_is_let_in_nowhere() -> None:
    with pytest.raises(MalformedRecordError, match="expected zero or more"):
        check_decimal("-1.5", "size", 19, positive=False)


def test_the_largest_numbers_of_the_columns_are_let_in() -> None:
    trade = make_trade(price="9999999999.99999999", quantity="99999999999.99999999")
    assert trade.value()["quantity"] == "99999999999.99999999"


def test_more_than_eight_decimals_are_fine_when_they_are_zero() -> None:
    assert check_decimal("1.000000000000", "price", 18) == "1.000000000000"


@pytest.mark.parametrize(
    ("field", "reason"), [("trade_id", "bad_trade_id"), ("event_time_ms", "bad_time")]
)
def test_a_negative_id_or_time_is_refused(field: str, reason: str) -> None:
    with pytest.raises(MalformedRecordError) as refused:
        make_trade(**{field: -1})
    assert refused.value.reason == reason


def test_an_id_that_no_column_holds_is_refused() -> None:
    assert make_trade(trade_id=2**63 - 1).trade_id == 2**63 - 1
    with pytest.raises(MalformedRecordError, match=r"bad_trade_id: .*9223372036854775808"):
        make_trade(trade_id=2**63)


def test_a_time_in_seconds_is_refused() -> None:
    with pytest.raises(MalformedRecordError, match=r"bad_time: .*are these seconds"):
        make_trade(event_time_ms=1_764_000_000)


def test_a_time_in_microseconds_is_refused() -> None:
    with pytest.raises(MalformedRecordError, match=r"bad_time: .*are these microseconds"):
        make_trade(event_time_ms=1_764_000_000_500_123)


def test_the_first_marker_of_a_gap_names_the_trade_before_it() -> None:
    first = GapMarker("binance-spot", "BTCUSDT", 1_000, 9_000, 3, 5_000, after_trade_id=41)
    later = GapMarker("binance-spot", "BTCUSDT", 2_000, 9_000, 3, 5_000)
    assert first.value()["trade_id"] == 41
    assert "trade_id" not in later.value()
    assert first.value()["missing_before"] == later.value()["missing_before"] == 3
    assert first.key() == "binance-spot|BTCUSDT"


def test_a_heartbeat_has_a_time_and_no_symbol() -> None:
    value = Heartbeat("binance-spot", 5_000, 9_000).value()
    assert (value["kind"], value["symbol"], value["event_time_ms"]) == ("heartbeat", "", 5_000)
