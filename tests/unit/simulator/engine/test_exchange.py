"""The exchange's clock, the trades that it keeps, and a journal that cannot be written."""

import pytest

from simulator.binance.venues import Market
from simulator.engine.clock import MAX_SPEED, ReplayClock
from simulator.engine.exchange import LEAST_TRADES_KEPT, Exchange
from simulator.engine.journal import Journal
from simulator.engine.symbols import symbol_rules
from simulator.errors import SimulatorError
from tests.support.simulated_exchange import START_MS, trade_frame


def _kept(exchange, symbol, count):
    for number in range(1, count + 1):
        exchange.record(trade_frame(number, START_MS + number, symbol))
    return len(exchange.history(symbol).trades_from(0, count))


def test_a_market_shares_its_memory_by_how_much_each_symbol_trades():
    rules = [symbol_rules(symbol) for symbol in ("BTCUSDT", "SOLUSDT", "QUIETUSDT")]
    exchange = Exchange(rules, 6_000)
    shares = {rule.symbol: 6_000 * rule.weight / 1.65 for rule in rules}
    for symbol, share in shares.items():
        least = max(share, LEAST_TRADES_KEPT)
        assert least - 1 <= _kept(exchange, symbol, 9_000) <= 1.25 * least


def test_without_a_limit_every_trade_is_kept():
    exchange = Exchange([symbol_rules("BTCUSDT")], None)
    assert _kept(exchange, "BTCUSDT", 5_000) == 5_000


def _note(folder):
    Journal(folder, START_MS).note(Market.SPOT, "delist", "BTCUSDT", START_MS)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(SimulatorError) as refused:
        Journal(taken, START_MS)
    assert str(refused.value) == f"journal {taken}: expected a folder, File exists"


def test_a_folder_that_has_gone_is_named_with_the_file(tmp_path):
    journal = Journal(tmp_path / "gone", START_MS)
    (tmp_path / "gone").rmdir()
    with pytest.raises(SimulatorError) as refused:
        journal.note(Market.SPOT, "delist", "BTCUSDT", START_MS)
    path = tmp_path / "gone" / f"spot_journal_{START_MS}.gz"
    assert f"journal {path}: expected a new file, No such file" in str(refused.value)
    assert str(refused.value).endswith("; name another folder")


def test_a_folder_full_of_runs_with_the_same_start_is_refused_with_the_last(tmp_path):
    for run in range(1, 1_000):
        end = "" if run == 1 else f"_{run}"
        (tmp_path / f"spot_journal_{START_MS}{end}.gz").touch()
    with pytest.raises(SimulatorError) as refused:
        _note(tmp_path)
    assert f"{tmp_path}: expected fewer than 1000 runs from {START_MS}, found" in str(refused.value)
    assert f"found spot_journal_{START_MS}_999.gz; name another folder" in str(refused.value)


def test_a_standing_clock_shows_the_start_for_ever():
    clock = ReplayClock(1_000, speed=2.0, idle_speed=1.0)
    assert clock.now_ms(real_s=5.0) == clock.now_ms(real_s=500.0) == 1_000
    assert not clock.started


def test_a_playing_clock_runs_at_its_speed():
    clock = ReplayClock(1_000, speed=2.0, idle_speed=1.0)
    clock.start(real_s=10.0)
    assert clock.now_ms(real_s=11.5) == 4_000
    assert clock.seconds_until(5_000, real_s=11.5) == 0.5


def test_a_playing_clock_never_reaches_an_unsent_frame():
    clock = ReplayClock(1_000, speed=1.0, idle_speed=1.0)
    clock.start(real_s=0.0)
    clock.expect(1_500)
    assert clock.now_ms(real_s=60.0) == 1_499
    clock.expect(2_000)
    assert clock.now_ms(real_s=60.0) == 1_999


def test_at_full_speed_the_clock_follows_the_frames_and_nothing_waits():
    clock = ReplayClock(1_000, speed=MAX_SPEED, idle_speed=60.0)
    clock.start(real_s=0.0)
    clock.expect(90_000)
    assert clock.seconds_until(90_000, real_s=0.0) == 0
    assert clock.now_ms(real_s=0.001) == 89_999


def test_after_the_last_frame_the_clock_continues_from_it_at_the_idle_speed():
    clock = ReplayClock(1_000, speed=MAX_SPEED, idle_speed=60.0)
    clock.start(real_s=0.0)
    clock.expect(90_000)
    clock.finish(real_s=2.0)
    assert clock.finished
    assert clock.now_ms(real_s=2.0) == 90_000
    assert clock.now_ms(real_s=3.0) == 150_000


def test_the_clock_never_goes_back():
    clock = ReplayClock(1_000, speed=1.0, idle_speed=1.0)
    clock.start(real_s=0.0)
    assert clock.now_ms(real_s=5.0) == 6_000
    clock.expect(3_000)
    assert clock.now_ms(real_s=5.0) == 6_000
