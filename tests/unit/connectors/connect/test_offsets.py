import pytest

from connectors.connect.offsets import encode_key, encode_offset, fold
from market.errors import MalformedRecordError

BTC = {"market": "binance-spot", "symbol": "BTCUSDT"}
ETH = {"market": "binance-spot", "symbol": "ETHUSDT"}


def test_a_key_is_connects_pair_of_connector_and_partition() -> None:
    assert encode_key("spot", BTC) == b'["spot",{"market":"binance-spot","symbol":"BTCUSDT"}]'


def test_equal_partitions_have_equal_keys_whatever_their_order() -> None:
    turned = dict(reversed(BTC.items()))
    assert encode_key("spot", turned) == encode_key("spot", BTC)


def test_the_last_offset_of_a_partition_counts() -> None:
    key = encode_key("spot", BTC)
    offsets = fold("spot", [(key, b'{"trade_id":1}'), (key, encode_offset({"trade_id": 2}))])
    assert offsets.of(BTC) == {"trade_id": 2}
    assert offsets.of(ETH) is None


def test_a_tombstone_makes_a_partition_new() -> None:
    key = encode_key("spot", BTC)
    assert fold("spot", [(key, b'{"trade_id":1}'), (key, None)]).of(BTC) is None


def test_another_connectors_offsets_are_not_ours() -> None:
    assert fold("spot", [(encode_key("other", BTC), b'{"trade_id":1}')]).of(BTC) is None


def test_an_unreadable_offset_says_whose_it_is_and_what_to_do() -> None:
    offsets = fold("spot", [(encode_key("spot", BTC), b"[1]")])
    with pytest.raises(MalformedRecordError, match=r"spot .*BTCUSDT.*write a tombstone"):
        offsets.of(BTC)
