"""Keys that Prefect accepts, whatever a symbol is called."""

import pytest
from prefect.client.schemas.actions import ArtifactCreate

from flows.shared.artifact_keys import artifact_key

SYMBOLS = ["BTCUSDT", "1INCHUSDT", "4USDT", "BTCUSDT_260327", "BTCUSD_PERP", "币安人生USDT",
           "我踏马来了USDT", "USDT"]  # fmt: skip


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_prefect_takes_the_key_of_every_symbol(symbol: str) -> None:
    key = artifact_key("report", "binance-spot", symbol)
    assert ArtifactCreate(key=key).key == key
    assert key == artifact_key("report", "binance-spot", symbol)


def test_no_two_symbols_share_a_key_and_a_plain_one_is_readable() -> None:
    keys = {artifact_key("report", "binance-spot", symbol) for symbol in SYMBOLS}
    assert len(keys) == len(SYMBOLS)
    assert "report-binance-spot-btcusdt" in keys
    assert any(key.startswith("report-binance-spot-btcusdt-260327-") for key in keys)
