import pytest

from market.trades.row_times import misplaced
from tests.support.trades import START_MS, trade


def found(times_ms: list[int], known: dict[int, int] | None = None) -> list[int]:
    rows = [trade(number, START_MS + ms) for number, ms in enumerate(times_ms, 1)]
    others = {i: START_MS + ms for i, ms in (known or {}).items()}
    wrong = misplaced(rows, others, START_MS, START_MS + 1_000)
    return [one.trade_id for one in wrong]


@pytest.mark.parametrize(
    ("times_ms", "wrong"),
    [
        ([0, 5, 5, 1_000], []),
        ([-1, 5, 1_001], [1, 3]),
        ([5, 3_600_000, 7], [2]),
        ([5, 9, 7], [2, 3]),
    ],
)
def test_rows_out_of_bounds_or_out_of_order_are_misplaced(
    times_ms: list[int], wrong: list[int]
) -> None:
    assert found(times_ms) == wrong


def test_known_trades_bound_the_rows_and_are_never_misplaced() -> None:
    assert found([5, 9], {3: 7}) == [2]
    assert found([5, 9, 10], {2: 4}) == [1]


def late(rows: int, wrong: range, by_ms: int = 500) -> list[int]:
    """Return times that rise by one, some of them later than they should be."""
    return [one + by_ms * (one in wrong) for one in range(1, rows + 1)]


@pytest.mark.parametrize("by_ms", [500, -200])
def test_one_wrong_row_among_many_is_misplaced_alone(by_ms: int) -> None:
    assert found(late(400, range(200, 201), by_ms)) == [200]


def test_a_wrong_row_that_few_rows_contradict_is_misplaced_with_them() -> None:
    assert found(late(400, range(396, 397))) == [396, 397, 398, 399, 400]


def test_many_wrong_rows_do_not_outvote_the_right_ones() -> None:
    assert found(late(400, range(300, 400))) == [*range(300, 401)]
    assert found(late(400, range(101, 301))) == [*range(101, 401)]
