import pytest

from connectors.binance.history_page import read_page
from connectors.feeds.venue import HistoryPage
from tests.contract.connectors.binance.exchange import entry
from tests.support.trades import MARKET, START_MS, SYMBOL

RECEIVED_MS = START_MS + 99_000
LARGEST = 2**63 - 1


def page(*rows: object, from_id: int = 10) -> HistoryPage:
    return read_page(MARKET, SYMBOL, from_id, rows, RECEIVED_MS)


def taken(read: HistoryPage) -> list[int]:
    return [trade.trade_id for trade in read.trades]


def without(trade_id: int, key: str) -> dict[str, object]:
    row = entry(trade_id)
    del row[key]
    return row


def test_a_row_becomes_a_trade_of_the_history() -> None:
    (trade,) = page(entry(10)).trades
    assert (trade.trade_id, trade.price, trade.quantity) == (10, "61838.10000000", "0.00017000")
    assert (trade.taker_side, trade.source) == ("sell", "backfill")
    assert (trade.event_time_ms, trade.receive_time_ms) == (START_MS + 10, RECEIVED_MS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": "0.00000000"}, "bad_price"),
        ({"price": "1234567890123456789012345678901"}, "bad_price"),
        ({"price": "61838,1"}, "bad_price"),
        ({"price": 61838.1}, "bad_shape"),
        ({"qty": "0"}, "bad_quantity"),
        ({"qty": None}, "bad_shape"),
        ({"time": (START_MS + 11) * 1_000}, "bad_time"),
        ({"time": 0}, "bad_time"),
        ({"isBuyerMaker": "true"}, "bad_shape"),
    ],
)
def test_a_row_that_no_column_holds_is_refused_alone(
    changes: dict[str, object], reason: str
) -> None:
    read = page(entry(10), entry(11) | changes, entry(12))
    assert (taken(read), read.next_id, len(read)) == ([10, 12], 13, 3)
    (refused,) = read.refused
    assert (refused.trade_id, refused.reason) == (11, reason)
    assert '"id":11' in refused.payload


@pytest.mark.parametrize("key", ["id", "price", "qty", "time", "isBuyerMaker"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_without_a_key_is_refused_under_the_id_of_its_place(key: str, place: int) -> None:
    rows: list[object] = [entry(10), entry(11), entry(12)]
    rows[place] = without(10 + place, key)
    read = page(*rows)
    assert [refused.trade_id for refused in read.refused] == [10 + place]
    assert (len(read.trades), read.next_id) == (2, 13)


@pytest.mark.parametrize("row", [None, 7, "text", [], {}])
def test_what_is_no_row_is_refused(row: object) -> None:
    read = page(entry(10), row, entry(12))
    assert (taken(read), [refused.trade_id for refused in read.refused]) == ([10, 12], [11])


@pytest.mark.parametrize("odd", [9, -1, 2**63, 2**70, 9_000_000_000_000, True, "11"])
def test_an_id_out_of_its_place_is_refused_and_ends_no_reading(odd: object) -> None:
    read = page(entry(10), entry(11) | {"id": odd}, entry(12))
    assert (taken(read), read.next_id) == ([10, 12], 13)
    assert [refused.trade_id for refused in read.refused] == [11]


def test_an_id_out_of_its_place_is_named() -> None:
    (refused,) = page(entry(10), entry(11) | {"id": 9}, entry(12)).refused
    assert (refused.reason, refused.detail) == (
        "bad_trade_id",
        "expected an id between those of its neighbours, found 9",
    )


def test_a_row_of_what_no_text_can_hold_is_refused_alone() -> None:
    read = page(entry(10), entry(11) | {"price": "\ud800", "z": 2**70}, entry(12))
    assert taken(read) == [10, 12]
    (refused,) = read.refused
    assert '"price":"\\ud800"' in refused.payload
    assert (refused.payload + refused.detail).encode()


def test_ids_that_the_history_lacks_are_passed_over() -> None:
    read = page(entry(12), entry(15))
    assert (taken(read), read.refused, read.next_id) == ([12, 15], (), 16)


def test_a_row_with_no_room_for_an_id_has_none() -> None:
    read = page(entry(10), {}, entry(11))
    assert (taken(read), [refused.trade_id for refused in read.refused]) == ([10, 11], [-1])


def test_reading_goes_on_behind_a_page_that_holds_nothing() -> None:
    assert page({}, {}).next_id == 12
    assert page().next_id == 10


def test_the_largest_id_is_let_in() -> None:
    assert taken(page(entry(LARGEST) | {"time": START_MS}, from_id=LARGEST)) == [LARGEST]
