"""No false trust, whatever meets: the law is judged after every step of composed histories."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.composition.machine import ComposedFaults

HISTORIES = int(os.environ.get("TIDEMARK_HISTORIES", "100"))
STEPS = 30


def test_no_composition_of_faults_makes_a_row_claim_more_than_is_true() -> None:
    run_state_machine_as_test(
        ComposedFaults,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
