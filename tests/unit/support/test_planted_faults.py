"""Every planted fault has its place in the sources as they are."""

from pathlib import Path

import pytest

from tests.support.checkouts import ROOT
from tests.support.planted_faults import PLANTS, plant


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_changes_one_file_of_a_copy(name: str, tmp_path: Path) -> None:
    folder = plant(name, tmp_path)
    planted = PLANTS[name]
    assert (folder / planted.path).read_text() != (ROOT / planted.path).read_text()
    assert (folder / "sql/flink/candles/candles.sql").read_text() == (
        ROOT / "sql/flink/candles/candles.sql"
    ).read_text()
    assert (folder / "java").is_dir()
