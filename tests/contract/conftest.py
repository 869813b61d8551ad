from pathlib import Path

import pytest

from connectors.binance import rest_budget


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is remembered of hosts to each test: their ports are used again.

    What is remembered for the whole machine stays out of the machine.
    """
    monkeypatch.setenv("TIDEMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(rest_budget, "_budgets", {})
