"""Offsets that another program wrote, or an older one: refused with what was found."""

import pytest

from connectors.feeds.book_records import BookRecords
from connectors.feeds.market_records import MarketRecords
from market.dictionary.topics import TRADES
from market.errors import MalformedRecordError
from tests.support.connector_doubles import context

MARKET = "binance-spot"


def test_a_heartbeat_that_is_no_number_is_refused_with_its_partition() -> None:
    partition = {"market": MARKET, "stream": "trade", "partition": "2"}
    stored = context(offsets=[(partition, {"heartbeat_ms": "noon"})])
    with pytest.raises(MalformedRecordError) as refused:
        MarketRecords(MARKET, "trade", TRADES[MARKET], ["BTCUSDT"], stored)
    assert refused.value.reason == "bad_offset"
    assert "trades.binance-spot partition 2: expected heartbeat_ms as an" in refused.value.detail
    assert "found {'heartbeat_ms': 'noon'}; write a tombstone" in refused.value.detail


@pytest.mark.parametrize(
    "offset", [{"book_sequence": "7", "written_ms": 5}, {"book_sequence": 7}, {}]
)
def test_a_books_offset_without_its_integers_is_refused_with_its_symbol(
    offset: dict[str, object],
) -> None:
    partition = {"market": MARKET, "stream": "depth", "symbol": "BTCUSDT"}
    records = BookRecords(MARKET, ["BTCUSDT"], context(offsets=[(partition, offset)]))
    with pytest.raises(MalformedRecordError) as refused:
        records.offset("BTCUSDT")
    assert refused.value.reason == "bad_offset"
    assert "BTCUSDT: expected integers book_sequence and written_ms" in refused.value.detail
    assert f"found {offset}; delete the connector's offset" in refused.value.detail
