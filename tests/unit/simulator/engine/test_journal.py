"""A journal that cannot be written is refused with its folder, its file and what to do."""

import pytest

from simulator.binance.venues import Market
from simulator.engine.journal import Journal
from simulator.errors import SimulatorError
from tests.support.simulated_exchange import START_MS


def _note(folder):
    Journal(folder, START_MS).note(Market.SPOT, "delist", "BTCUSDT", START_MS)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(SimulatorError) as refused:
        Journal(taken, START_MS)
    assert str(refused.value) == f"journal {taken}: expected a folder, File exists"


def test_a_folder_that_has_gone_is_named_with_the_file(tmp_path):
    journal = Journal(tmp_path / "gone", START_MS)
    (tmp_path / "gone").rmdir()
    with pytest.raises(SimulatorError) as refused:
        journal.note(Market.SPOT, "delist", "BTCUSDT", START_MS)
    path = tmp_path / "gone" / f"spot_journal_{START_MS}.gz"
    assert f"journal {path}: expected a new file, No such file" in str(refused.value)
    assert str(refused.value).endswith("; name another folder")


def test_a_folder_full_of_runs_with_the_same_start_is_refused_with_the_last(tmp_path):
    for run in range(1, 1_000):
        end = "" if run == 1 else f"_{run}"
        (tmp_path / f"spot_journal_{START_MS}{end}.gz").touch()
    with pytest.raises(SimulatorError) as refused:
        _note(tmp_path)
    assert f"{tmp_path}: expected fewer than 1000 runs from {START_MS}, found" in str(refused.value)
    assert f"found spot_journal_{START_MS}_999.gz; name another folder" in str(refused.value)
