import pytest

from connectors.binance.rest_budget import WEIGHT_LIMIT, RestBudget
from tests.clocks import HandClock

MINUTE_START_MS = 1_700_000_040_000


def test_a_fresh_budget_waits_for_nothing() -> None:
    assert RestBudget(HandClock()).wait_s() == 0


def test_used_weight_below_the_limit_waits_for_nothing() -> None:
    budget = RestBudget(HandClock())
    budget.used(WEIGHT_LIMIT - 1)
    assert budget.wait_s() == 0
    assert budget.used_weight == WEIGHT_LIMIT - 1


def test_at_the_limit_the_next_request_waits_for_the_next_clock_minute() -> None:
    clock = HandClock(MINUTE_START_MS + 12_500)
    budget = RestBudget(clock)
    budget.used(WEIGHT_LIMIT)
    assert budget.wait_s() == pytest.approx(47.5)
    clock.advance(47.5)
    assert budget.wait_s() == 0


def test_an_order_to_wait_is_kept_and_the_longest_one_wins() -> None:
    clock = HandClock()
    budget = RestBudget(clock)
    budget.retry_after(23)
    budget.retry_after(5)
    assert budget.wait_s() == pytest.approx(23)
