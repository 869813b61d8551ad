from simulator.engine.exchange import LEAST_TRADES_KEPT, Exchange
from simulator.engine.symbols import symbol_rules
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
