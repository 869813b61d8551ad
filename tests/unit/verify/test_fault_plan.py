"""The faults of a proof: at instants of the market, in an order in which none hides another."""

import json
from decimal import Decimal

import pytest

from simulator.engine.faults import parse_faults
from verify.captures import RecordedTrade
from verify.fault_plan import FAULTS, plan_faults
from verify.replay_plan import ReplayError

START_MS = 1_700_000_000_000


def trades(symbol: str, count: int) -> list[RecordedTrade]:
    """Ten trades a second."""
    return [
        RecordedTrade(symbol, n, Decimal(1), Decimal(1), START_MS + 100 * n, True)
        for n in range(count)
    ]


CAPTURE = {"BTCUSDT": trades("BTCUSDT", 10_000), "ETHUSDT": trades("ETHUSDT", 10)}


def test_each_fault_is_one_that_the_simulator_knows_and_begins_in_its_part_of_the_market() -> None:
    plan = plan_faults(CAPTURE, FAULTS, 10)
    stall, cut, away = parse_faults(f"[{','.join(plan.simulator)}]")
    assert (stall.kind, stall.stream) == ("stall", "btcusdt@trade")
    assert stall.at_event_time_ms == START_MS + 150_000
    assert (cut.kind, cut.seconds, cut.at_event_time_ms) == ("cut", 2.0, START_MS + 700_000)
    assert (away.kind, away.endpoint) == ("rest_error", "historicalTrades")
    assert plan.connector == {"backfill.max.trades": "0", "hold.max.ms": "1000"}
    assert plan.kills == ["taskmanager"]


@pytest.mark.parametrize("speed", [1.0, 10.0, 60.0])
def test_a_stall_lasts_for_200_trades_and_for_four_real_seconds_more(speed: float) -> None:
    (stall,) = parse_faults(plan_faults(CAPTURE, ["late"], speed).simulator[0])
    assert stall.seconds == pytest.approx(20 + 4 * speed)


def test_what_is_not_asked_for_is_left_alone() -> None:
    plan = plan_faults(CAPTURE, ["late"], 10)
    assert [json.loads(one)["kind"] for one in plan.simulator] == ["stall"]
    assert (plan.connector, plan.kills) == ({"hold.max.ms": "1000"}, [])
    assert plan_faults(CAPTURE, ["kill"], 10).simulator == []


@pytest.mark.parametrize("fault", ["late", "cut"])
def test_a_capture_without_trades_is_refused(fault: str) -> None:
    with pytest.raises(ReplayError, match=f"fault {fault}: expected .* found 0"):
        plan_faults({}, [fault], 10)


def test_a_capture_that_is_too_short_for_late_trades_is_refused() -> None:
    with pytest.raises(ReplayError, match="found 300 trades of BTCUSDT in all"):
        plan_faults({"BTCUSDT": trades("BTCUSDT", 300)}, ["late"], 10)


def test_a_cut_that_the_market_ends_before_is_refused_with_what_to_do() -> None:
    """Nothing would end its gap, and the proof would wait for rows that cannot come."""
    short = {"BTCUSDT": trades("BTCUSDT", 1_900)}
    with pytest.raises(ReplayError, match=r"expected 60 s .*, found 57 s; take a longer capture"):
        plan_faults(short, ["cut"], 10)
    assert plan_faults(short, ["cut"], 5).simulator
