"""What windows say when trades were missed and could not be fetched again."""

import json

from market.dictionary.tables import table
from stack import pipeline
from stack.jobs.package import OF_TRADES
from tests.integration.pipelines import own_pipeline, rows_by_key
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures
from verify.compare import compare
from verify.expected import expected_candles
from verify.proof import expect, stores_of
from verify.replay import run
from verify.replay_plan import Replay

MARKET, SYMBOL = "binance-spot", "BTCUSDT"
CUT = {"kind": "cut", "seconds": 1, "at_event_time_ms": 1_723_161_500_000}


@needs_captures
def test_every_window_of_a_cut_socket_is_right_or_says_how_many_trades_it_may_lack(
    stack: RunningStack,
) -> None:
    expectation = expect(CAPTURES)
    plan = Replay(
        files=[file.path for file in expectation.used],
        symbols=[SYMBOL],
        speed="30",
        expected={name: len(expectation.tables[name]) for name in ("candles_1s", "candles_1m")},
        faults=[json.dumps(CUT)],
        connector={"backfill.max.trades": "0"},
    )
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None, OF_TRADES)
        stores = stores_of(own)
        run(own, stores, plan, lambda _: None)

        received = {key[2] for key, _ in stores.readers("trades")["bronze"]()}
        missed = 19_904 - len(received)
        assert missed > 20, "the cut missed nothing, so it proves nothing"

        trades = expectation.trades
        left = {SYMBOL: [trade for trade in trades[SYMBOL] if trade.trade_id in received]}
        for interval in ("1s", "1m"):
            name = f"candles_{interval}"
            truth = expectation.tables[name]
            wanted = expected_candles(MARKET, left, interval)
            for store, read in stores.readers(name).items():
                rows = read()
                assert all(result.green for result in compare(store, name, wanted, rows))
                for key, row in rows_by_key(rows).items():
                    lacking = truth[key]["trade_count"] - row["trade_count"] if key in truth else 0
                    assert lacking == 0 or row["missing_trades"] >= lacking, key
                assert set(truth) <= {key for key, _ in rows}, "a window without a row"

        events = stores.lake.table(table("feed_events")).scan().to_arrow().to_pylist()
        gaps = [event for event in events if event["event"] == "gap_left"]
        assert sum(event["to_id"] - event["from_id"] + 1 for event in gaps) == missed
