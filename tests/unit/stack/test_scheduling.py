"""Who gets schedules, and what a server that is away looks like."""

from pathlib import Path

import pytest

from stack.scheduling import RegistrationError, schedule_flows
from stack.settings import read_settings


def test_a_namespace_beside_the_products_own_gets_no_schedules() -> None:
    said: list[str] = []
    schedule_flows(read_settings({"TIDEMARK_NAMESPACE": "check"}), said.append)
    assert said == []


def test_a_server_that_is_down_is_named(tmp_path: Path) -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "20750", "TIDEMARK_HOME": str(tmp_path)})
    with pytest.raises(RegistrationError, match=r"Prefect at http://127\.0\.0\.1:20759"):
        schedule_flows(settings, lambda _: None)
