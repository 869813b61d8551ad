import pytest

from market.trades.row_times import misplaced
from tests.support.trades import START_MS, trade


def found(times_ms: list[int], known: dict[int, int] | None = None) -> list[int]:
    rows = [trade(number, START_MS + ms) for number, ms in enumerate(times_ms, 1)]
    others = {i: trade(i, START_MS + ms) for i, ms in (known or {}).items()}
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
