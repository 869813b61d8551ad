"""What stream faults make of frames, alone and together."""

import json

from simulator.engine.fault_plan import FaultPlan
from simulator.engine.faults import parse_faults
from tests.support.simulated_exchange import START_MS, trade_frame


def _plan(*faults):
    return FaultPlan(parse_faults(json.dumps(faults)))


def _played(plan, frames, then_ms=0):
    """What a subscriber gets when time passes with the frames, and on until an instant."""
    out = []
    for frame in frames:
        plan.on_time(frame.due_ms, 0.0)
        out += plan.released(frame.due_ms)
        out += plan.on_frame(frame)
    plan.on_time(then_ms, 0.0)
    return out + plan.released(then_ms)


def _ids(frames):
    return [json.loads(frame.payload)["t"] for frame in frames]


def _frames(count, step_ms=1000, symbol="BTCUSDT"):
    return [trade_frame(n, START_MS + n * step_ms, symbol) for n in range(1, count + 1)]


def test_a_mistimed_frame_has_microseconds_and_its_neighbours_do_not():
    first, second = _played(_plan({"kind": "mistime"}), _frames(2))
    sent = json.loads(first.payload)
    assert (sent["E"], sent["T"], sent["t"]) == (*[(START_MS + 1000) * 1000] * 2, 1)
    assert second == _frames(2)[1]


def test_a_counted_fault_with_seconds_lasts_in_the_exchanges_time_instead():
    plan = _plan({"kind": "drop", "seconds": 2.5, "at_event_time_ms": START_MS + 2000})
    assert _ids(_played(plan, _frames(6))) == [1, 5, 6]
    assert plan.idle


def test_an_absurd_id_comes_between_two_trades_and_never_happened():
    frames = _played(_plan({"kind": "absurd_id"}), _frames(3))
    assert _ids(frames) == [1, 9_000_000_000_000, 2, 3]
    assert frames[1].trade is None


def test_an_absurd_id_applies_to_an_aggregate_and_to_its_trades():
    payload = (
        b'{"e":"aggTrade","E":1,"s":"BTCUSDT","a":5,"p":"1.0","q":"1","f":7,"l":8,"T":1,"m":true}'
    )
    plan = _plan({"kind": "absurd_id", "trade_id": 77})
    plan.on_time(0, 0.0)
    frame = trade_frame(1)
    _, absurd = plan.on_frame(type(frame)(1, "btcusdt@aggTrade", payload, "BTCUSDT"))
    sent = json.loads(absurd.payload)
    assert [sent[name] for name in "afl"] == [77, 77, 77]


def test_a_dead_symbol_is_silent_until_the_fault_is_cleared():
    plan = _plan({"kind": "dead", "symbol": "ETHUSDT"})
    both = [
        frame
        for pair in zip(_frames(3), _frames(3, symbol="ETHUSDT"), strict=True)
        for frame in pair
    ]
    assert {frame.symbol for frame in _played(plan, both)} == {"BTCUSDT"}
    assert plan.clear(1) == []
    assert len(_played(plan, both)) == 6


def test_a_fault_of_a_market_leaves_the_other_alone():
    plan = _plan({"kind": "drop", "market": "usdm", "count": 9})
    assert _ids(_played(plan, _frames(2))) == [1, 2]


def test_frames_lag_up_to_the_peak_with_a_later_publish_time_and_the_same_match_time():
    plan = _plan({"kind": "lag", "seconds": 10, "peak_seconds": 2, "at_event_time_ms": START_MS})
    plan.on_time(START_MS, 0.0)
    frames = _played(plan, _frames(12, step_ms=1000), START_MS + 60_000)
    sent = [json.loads(frame.payload) for frame in frames]
    lags_ms = [each["E"] - each["T"] for each in sent]
    assert [each["t"] for each in sent] == list(range(1, 13))
    assert lags_ms == [400, 800, 1200, 1600, 2000, 1600, 1200, 800, 400, 0, 0, 0]
    assert [frame.due_ms for frame in frames] == [each["E"] for each in sent]
    assert plan.idle


def test_a_lag_that_falls_faster_than_time_passes_keeps_the_order_of_each_stream():
    plan = _plan({"kind": "lag", "seconds": 2, "peak_seconds": 5})
    plan.on_time(START_MS, 0.0)
    frames = _played(plan, _frames(40, step_ms=100), START_MS + 60_000)
    assert _ids(frames) == list(range(1, 41))
    due_ms = [frame.due_ms for frame in frames]
    assert due_ms == sorted(due_ms)


def test_a_lagging_stream_does_not_hold_back_another():
    plan = _plan({"kind": "lag", "seconds": 2, "peak_seconds": 5, "symbol": "ETHUSDT"})
    plan.on_time(START_MS, 0.0)
    out = []
    for mine, other in zip(_frames(3, 300), _frames(3, 300, "ETHUSDT"), strict=True):
        out += _played(plan, [mine, other], mine.due_ms)
    assert [frame.symbol for frame in out[:3]] == ["BTCUSDT"] * 3


def test_what_a_fault_holds_back_meets_those_set_after_it_when_it_is_released():
    lag = {"kind": "lag", "seconds": 60, "peak_seconds": 3}
    drop = {"kind": "drop", "count": 2}
    for faults in ([lag, drop], [drop, lag]):
        plan = _plan(*faults)
        plan.on_time(START_MS, 0.0)
        assert _ids(_played(plan, _frames(5), START_MS + 90_000)) == [3, 4, 5]


def test_several_faults_on_one_stream_act_in_the_order_in_which_they_were_set():
    plan = _plan({"kind": "duplicate"}, {"kind": "corrupt"}, {"kind": "delay", "seconds": 1.5})
    frames = _played(plan, _frames(4))
    assert [len(frame.payload) < 100 for frame in frames] == [False, False, True, False, False]
    assert _ids(frames[:2]) == [1, 2]


def test_a_frame_may_be_withheld_from_one_connection_only():
    plan = _plan({"kind": "drop", "connection": "oldest"}, {"kind": "drop", "connection": 7})
    first, second = _played(plan, _frames(2))
    assert first.withheld_from == ("oldest", 7)
    assert second.withheld_from == ()


def test_one_fault_is_cleared_and_the_others_stay_active():
    plan = _plan({"kind": "dead", "symbol": "ETHUSDT"}, {"kind": "drop", "count": 5})
    plan.clear(1)
    assert [fault.number for fault in plan.faults] == [2]
