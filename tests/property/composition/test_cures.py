"""The machine finds what each cure is for: without it, a history breaks the law."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.composition.cures import CURES
from tests.property.composition.observer import FalseTrustError

MOST_HISTORIES = 300


@pytest.mark.parametrize("name", CURES)
def test_a_history_breaks_the_law_when_a_cure_is_taken_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cure = CURES[name]
    machine = cure.machine()
    cure.take_out(monkeypatch, machine)
    with pytest.raises(FalseTrustError):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=MOST_HISTORIES,
                stateful_step_count=15,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
