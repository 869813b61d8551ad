"""The repair of `tests.integration.flows.test_killed_repair`, killed at its last step as well."""

from collections.abc import Sequence

import pytest

from tests.integration.flows.test_killed_repair import (
    STEPS,
    repaired,
    test_each_gap_is_told_once_as_repaired,
    test_each_trade_is_in_the_lake_once_and_in_the_rollups,
    test_every_window_is_right_and_revised_once_however_often_the_repair_was_killed,
)

__all__ = [
    "repaired",
    "test_each_gap_is_told_once_as_repaired",
    "test_each_trade_is_in_the_lake_once_and_in_the_rollups",
    "test_every_window_is_right_and_revised_once_however_often_the_repair_was_killed",
]


@pytest.fixture(scope="module")
def steps() -> Sequence[tuple[str, int]]:
    # In the end all is right and rolled up, and nobody was told.
    return (*STEPS, ("flows.repair.flow.keep", 1))
