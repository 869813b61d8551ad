import pytest

from simulator.engine.fault_plan import FaultPlan
from simulator.engine.faults import parse_faults
from simulator.errors import FaultError
from tests.support.simulated_exchange import START_MS, STREAM, trade_frame


def _plan(text):
    return FaultPlan(parse_faults(text))


def _ids(plan, frames):
    """What a subscriber gets, as trade ids, when time passes with the frames."""
    out = []
    for frame in frames:
        plan.on_time(frame.due_ms, 0.0)
        out += plan.released(frame.due_ms)
        out += plan.on_frame(frame)
    return [each.trade.trade_id for each in out if each.trade]


def _frames(count, step_ms=1000):
    return [trade_frame(n, START_MS + n * step_ms) for n in range(1, count + 1)]


def test_drop_leaves_out_the_next_frames_of_its_stream_only():
    plan = _plan('{"kind":"drop","stream":"btcusdt@trade","count":2}')
    other = [trade_frame(100, START_MS, "ETHUSDT")]
    assert _ids(plan, other + _frames(4)) == [100, 3, 4]
    assert plan.faults[0].status()["hits"] == 2
    assert plan.idle


@pytest.mark.parametrize(("text", "known"), [("[]", "none is set"), ('{"kind":"drop"}', "1")])
def test_only_a_fault_that_is_set_can_be_cleared(text, known):
    with pytest.raises(FaultError, match=f"one that is set, found 9; known: {known}"):
        _plan(text).clear(9)


def test_duplicate_sends_twice():
    plan = _plan('{"kind":"duplicate","count":1}')
    assert _ids(plan, _frames(2)) == [1, 1, 2]


def test_reorder_swaps_neighbours():
    plan = _plan('{"kind":"reorder","count":2}')
    assert _ids(plan, _frames(5)) == [2, 1, 4, 3, 5]


def test_corrupt_breaks_the_json_and_nothing_else():
    plan = _plan('{"kind":"corrupt"}')
    plan.on_time(START_MS, 0.0)
    (broken,) = plan.on_frame(trade_frame(1))
    assert broken.stream == STREAM
    assert broken.payload == trade_frame(1).payload[: len(broken.payload)]
    assert plan.on_frame(trade_frame(2)) == [trade_frame(2)]


def test_silence_lasts_in_the_exchanges_time():
    plan = _plan(f'{{"kind":"silence","seconds":2,"at_event_time_ms":{START_MS + 2000}}}')
    assert _ids(plan, _frames(6)) == [1, 4, 5, 6]
    assert plan.faults[0].hits == 2


def test_delay_holds_frames_back_and_releases_them_in_order_of_time():
    plan = _plan('{"kind":"delay","count":1,"seconds":2.5}')
    assert _ids(plan, _frames(5)) == [2, 3, 1, 4, 5]


def test_a_stall_holds_everything_back_and_ends_with_all_of_it_in_order():
    plan = _plan(f'{{"kind":"stall","seconds":2,"at_event_time_ms":{START_MS + 2000}}}')
    assert _ids(plan, _frames(3)) == [1]
    assert not plan.idle
    assert _ids(plan, _frames(6)[3:]) == [2, 3, 4, 5, 6]
    assert plan.idle


def test_a_fault_waits_for_the_frames_of_its_trigger():
    plan = _plan('{"kind":"drop","after_frames":3}')
    assert _ids(plan, _frames(5)) == [1, 2, 3, 5]


def test_a_fault_waits_for_its_event_time():
    plan = _plan(f'{{"kind":"drop","at_event_time_ms":{START_MS + 2000}}}')
    assert _ids(plan, _frames(3)) == [1, 3]


def test_faults_act_one_after_the_other():
    plan = _plan('[{"kind":"duplicate"},{"kind":"drop","count":1}]')
    assert _ids(plan, _frames(2)) == [1, 2]


def test_clearing_returns_what_was_held_back():
    plan = _plan('{"kind":"delay","seconds":60}')
    assert _ids(plan, _frames(1)) == []
    assert [frame.trade.trade_id for frame in plan.clear() if frame.trade] == [1]
    assert plan.faults == []


def test_a_cut_is_due_once_after_its_frames():
    plan = _plan('{"kind":"cut","after_frames":1}')
    assert plan.on_time(START_MS, 0.0) == []
    plan.on_frame(trade_frame(1))
    (cut,) = plan.on_time(START_MS, 0.0)
    assert cut.spec.kind == "cut"
    assert plan.on_time(START_MS, 0.0) == []


def test_handshakes_are_refused_by_count_or_for_real_seconds():
    plan = _plan('[{"kind":"refuse","status":429,"count":2}]')
    plan.on_time(START_MS, 0.0)
    assert [plan.refusal() for _ in range(3)] == [429, 429, None]
    plan = _plan('{"kind":"refuse","seconds":5}')
    plan.on_time(START_MS, 100.0)
    assert [plan.refusal() for _ in range(3)] == [503, 503, 503]
    plan.on_time(START_MS, 105.0)
    assert plan.refusal() is None


def test_rest_errors_hit_their_endpoint_only():
    plan = _plan('{"kind":"rest_error","endpoint":"depth","status":500,"count":1}')
    plan.on_time(START_MS, 0.0)
    assert plan.rest_fault("rest_error", "time") is None
    failed = plan.rest_fault("rest_error", "depth")
    assert failed is not None
    assert failed.spec.status == 500
    failed.hit()
    assert plan.rest_fault("rest_error", "depth") is None


def test_a_stale_snapshot_is_due_once_to_keep_the_books_and_then_counts_calls():
    plan = _plan('{"kind":"stale_snapshot","count":2}')
    assert [fault.spec.kind for fault in plan.on_time(START_MS, 0.0)] == ["stale_snapshot"]
    assert plan.on_time(START_MS, 0.0) == []
    hits = [plan.rest_fault("stale_snapshot", "depth") for _ in range(2)]
    for fault in hits:
        assert fault is not None
        fault.hit()
    assert plan.rest_fault("stale_snapshot", "depth") is None


def test_a_snapshot_fault_of_one_market_leaves_the_other_alone():
    plan = _plan('{"kind":"slow_snapshot","seconds":1,"endpoint":"fapi/depth"}')
    plan.on_time(START_MS, 0.0)
    assert plan.rest_fault("slow_snapshot", "depth") is None
    assert plan.rest_fault("slow_snapshot", "fapi/depth") is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "malformed|truncated"),
        ('{"kind":"reset_ids"}', "expected a symbol, found none"),
        ('{"kind":"delist"}', "expected a symbol, found none"),
        ('{"kind":"lag","seconds":3}', "expected peak_seconds > 0, found 0"),
        ('{"kind":"slow_rest"}', "expected seconds or delay_seconds > 0, found 0.0 and 0.0"),
        ('{"kind":"cut","connection":"best"}', "best"),
        ('{"kind":"poison_row","variant":"sour"}', "sour"),
        ('{"kind":"explode"}', "explode"),
        ('{"kind":"drop","colour":1}', "colour"),
        ('{"kind":"silence"}', "expected seconds > 0, found 0"),
        ('{"kind":"slow_snapshot"}', "expected seconds > 0, found 0"),
        ('{"kind":"rest_error","retry_after_seconds":-1}', "no negative number"),
        ('{"kind":"drop","count":0}', "count >= 1"),
        ('{"kind":"refuse","status":200}', "400 to 599, found 200"),
    ],
)
def test_a_fault_without_meaning_is_refused_with_the_reason(text, words):
    with pytest.raises(FaultError, match=words):
        parse_faults(text)
