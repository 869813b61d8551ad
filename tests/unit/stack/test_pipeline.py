"""What is never torn down, who gets schedules, and flows that fail."""

import subprocess
from pathlib import Path

import pytest

from market.errors import TidemarkError
from stack.flow_process import FlowError, RegistrationError, run_flow, schedule_flows
from stack.pipeline import tear_down
from stack.settings import read_settings


def test_the_products_own_data_are_never_torn_down(tmp_path: Path) -> None:
    settings = read_settings({"TIDEMARK_HOME": str(tmp_path), "TIDEMARK_PORT_BASE": "20750"})
    with pytest.raises(TidemarkError, match="expected one with a prefix, found '', the product's"):
        tear_down(settings)


def test_a_namespace_beside_the_products_own_gets_no_schedules() -> None:
    said: list[str] = []
    schedule_flows(read_settings({"TIDEMARK_NAMESPACE": "check"}), said.append)
    assert said == []


def test_a_server_that_is_down_is_named(tmp_path: Path) -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "20750", "TIDEMARK_HOME": str(tmp_path)})
    with pytest.raises(RegistrationError, match=r"Prefect at http://127\.0\.0\.1:20759"):
        schedule_flows(settings, lambda _: None)


def test_a_flow_that_fails_is_named_with_its_last_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = "\n".join(f"line {number}" for number in range(20))
    monkeypatch.setattr(
        subprocess, "run", lambda argv, **_: subprocess.CompletedProcess(argv, 3, "", printed)
    )
    with pytest.raises(FlowError) as failed:
        run_flow(read_settings({}), "repair", {"settle_s": 5})
    assert "flow repair: expected it to complete, found exit code 3:\nline 5\n" in str(failed.value)
    assert str(failed.value).endswith("line 19")
