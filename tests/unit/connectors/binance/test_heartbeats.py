from connectors.binance.heartbeats import Heartbeats
from market.records import Heartbeat
from market.trade_sequence import TradeSequence
from tests.trades import MARKET, START_MS, trade

NOW_MS = START_MS + 99_000


def sequence(symbol: str, position: int | None = None) -> TradeSequence:
    stored = None
    if position is not None:
        stored = {"trade_id": position, "event_time_ms": START_MS + position}
    return TradeSequence(MARKET, symbol, f"{symbol.lower()}@trade", 100, stored)


def test_the_least_proven_symbol_decides() -> None:
    known, recovering = sequence("BTCUSDT"), sequence("ETHUSDT", position=40)
    known.on_trade(trade(1))
    beat = Heartbeats(MARKET, 1.0).next([known, recovering], START_MS + 500, NOW_MS, 0.0)
    assert beat == Heartbeat(MARKET, START_MS + 40, NOW_MS)


def test_nothing_is_told_while_no_time_is_proven() -> None:
    assert Heartbeats(MARKET, 1.0).next([sequence("BTCUSDT")], 0, NOW_MS, 0.0) is None


def test_one_is_made_every_interval() -> None:
    beats = Heartbeats(MARKET, 1.0)
    sequences = [sequence("BTCUSDT")]
    instants = [second / 4 for second in range(9)]
    made = [s for s in instants if beats.next(sequences, START_MS, NOW_MS, s) is not None]
    assert made == [0.0, 1.0, 2.0]


def test_it_never_runs_backwards() -> None:
    beats = Heartbeats(MARKET, 1.0)
    symbol = sequence("BTCUSDT")
    symbol.on_trade(trade(1))
    beats.next([symbol], START_MS + 5_000, NOW_MS, 0.0)
    symbol.on_connected()
    again = beats.next([symbol], START_MS + 6_000, NOW_MS, 1.0)
    assert again is not None
    assert again.event_time_ms == START_MS + 5_000


def test_a_time_that_stands_still_is_told_again_so_that_no_partition_seems_idle() -> None:
    beats = Heartbeats(MARKET, 1.0)
    symbol = sequence("BTCUSDT", position=7)
    told = [beats.next([symbol], START_MS + 900, NOW_MS, float(second)) for second in range(3)]
    assert [beat.event_time_ms for beat in told if beat] == [START_MS + 7] * 3
