"""How long requests and handshakes wait when the exchange wants none."""

from pathlib import Path

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from connectors.binance.ban_memory import BanMemory
from connectors.binance.rest_budget import (
    HISTORY_PERCENT,
    QUESTION_PERCENT,
    RestBudget,
    budget_of,
)
from connectors.binance.rest_refusals import LONGEST_WAIT_S
from connectors.feeds.stream_client import _refusal
from tests.support.connector_doubles import HandClock

MINUTE_START_MS = 1_700_000_040_000
LIMIT = 6_000
LEFT_TO_HISTORY = LIMIT * HISTORY_PERCENT // 100
HOST = "127.0.0.1:9443"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MINUTE_START_MS + 12_500)


@pytest.fixture
def make(tmp_path: Path, clock: HandClock) -> "Maker":
    return Maker(tmp_path, clock)


class Maker:
    """Makes the budgets of several processes on one machine."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.file = folder / "127-0-0-1-9443.json"
        self._folder = folder
        self._clock = clock

    def __call__(self, clock: HandClock | None = None) -> RestBudget:
        return RestBudget(clock or self._clock, LIMIT, BanMemory(HOST, self._folder))


class TestWeight:
    def test_a_fresh_budget_waits_for_nothing(self, make: Maker) -> None:
        assert make().wait_s() == 0

    def test_used_weight_below_the_limit_waits_for_nothing(self, make: Maker) -> None:
        budget = make()
        budget.used(LEFT_TO_HISTORY - 1)
        assert budget.wait_s() == 0
        assert budget.used_weight == LEFT_TO_HISTORY - 1

    def test_at_the_limit_the_next_request_waits_for_the_next_clock_minute(
        self, make: Maker, clock: HandClock
    ) -> None:
        budget = make()
        budget.used(LEFT_TO_HISTORY)
        assert budget.wait_s() == pytest.approx(47.5)
        clock.advance(47.5)
        assert budget.wait_s() == 0

    def test_short_questions_may_use_what_is_left_to_them(self, make: Maker) -> None:
        budget = make()
        budget.used(LEFT_TO_HISTORY)
        assert budget.wait_s(QUESTION_PERCENT) == 0
        budget.used(LIMIT)
        assert budget.wait_s(QUESTION_PERCENT) == pytest.approx(47.5)

    @pytest.mark.parametrize("step_s", [-3_600, 3_600])
    def test_a_clock_that_is_set_changes_no_wait_for_the_next_minute(
        self, make: Maker, clock: HandClock, step_s: float
    ) -> None:
        budget = make()
        budget.used(LIMIT)
        clock.step(step_s)
        assert budget.wait_s() == pytest.approx(47.5)


class TestOrdersToWait:
    def test_an_order_to_wait_is_kept_and_the_longest_one_wins(self, make: Maker) -> None:
        budget = make()
        budget.retry_after(23)
        budget.retry_after(5)
        assert budget.wait_s() == pytest.approx(23)

    @pytest.mark.parametrize("step_s", [-3_600, -15, 120, 3_600])
    def test_a_clock_that_is_set_makes_no_order_longer_or_shorter(
        self, make: Maker, clock: HandClock, step_s: float
    ) -> None:
        budget = make()
        budget.retry_after(10)
        clock.advance(4)
        clock.step(step_s)
        assert budget.wait_s() == pytest.approx(6)
        clock.advance(6)
        assert budget.wait_s() == 0

    def test_an_order_is_known_to_whatever_starts_afterwards(
        self, make: Maker, clock: HandClock
    ) -> None:
        make().retry_after(600)
        clock.advance(100)
        assert make().wait_s() == pytest.approx(500)
        clock.advance(500)
        assert make().wait_s() == 0

    def test_an_order_is_known_to_what_runs_already(self, make: Maker) -> None:
        running, other = make(), make()
        assert running.wait_s() == 0
        other.retry_after(600)
        assert running.wait_s() == pytest.approx(600)

    def test_another_processes_monotonic_clock_does_not_matter(self, make: Maker) -> None:
        make().retry_after(600)
        later = HandClock(MINUTE_START_MS + 12_500)
        later.advance(60)
        assert make(later).wait_s() == pytest.approx(540)

    def test_after_a_step_back_nobody_waits_longer_than_the_order_said(
        self, make: Maker, clock: HandClock
    ) -> None:
        make().retry_after(10)
        clock.step(-3_600)
        assert make().wait_s() == pytest.approx(10)

    def test_a_shorter_order_does_not_replace_a_longer_one(self, make: Maker) -> None:
        make().retry_after(600)
        make().retry_after(10)
        assert make().wait_s() == pytest.approx(600)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"noted_ms":"soon"}'])
    def test_a_file_that_cannot_be_read_is_ignored_with_a_warning(
        self, make: Maker, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        make.file.write_bytes(content)
        budget = make()
        assert budget.wait_s() == 0
        assert "it is ignored" in caplog.text
        budget.retry_after(10)
        assert make().wait_s() == pytest.approx(10)

    def test_a_folder_that_cannot_be_written_is_a_warning(
        self, tmp_path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        budget = RestBudget(clock, LIMIT, BanMemory(HOST, tmp_path / "file"))
        budget.retry_after(10)
        assert budget.wait_s() == pytest.approx(10)
        assert "was not kept for others" in caplog.text


def test_a_host_has_one_budget_in_a_process_and_each_of_its_markets_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIDEMARK_HOME", str(tmp_path))
    spot = budget_of("http://one-budget:1", "/api/v3", HandClock(), LIMIT)
    assert budget_of("http://one-budget:1/", "/api/v3", HandClock(), LIMIT) is spot
    assert budget_of("http://one-budget:1", "/fapi/v1", HandClock(), LIMIT) is not spot
    assert budget_of("http://one-budget:2", "/api/v3", HandClock(), LIMIT) is not spot
    spot.retry_after(10)
    assert [path.name for path in (tmp_path / "rest-bans").iterdir()] == [
        "one-budget-1-api-v3.json"
    ]


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        ("30", 30.0),
        (str(int(LONGEST_WAIT_S)), LONGEST_WAIT_S),
        ("1764000000000", LONGEST_WAIT_S),
        ("9" * 400, LONGEST_WAIT_S),
        ("-5", 0.0),
        ("soon", 0.0),
    ],
)
def test_an_order_to_wait_is_obeyed_but_for_no_longer_than_the_longest_ban(
    told: str, wait_s: float
) -> None:
    response = Response(429, "Too Many Requests", Headers({"Retry-After": told}), b"")
    assert _refusal(InvalidStatus(response))[1] == wait_s
