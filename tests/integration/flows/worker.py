"""What a flow finds when the stack's worker runs it, for a flow that runs in the test itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from stack.settings import Settings


@contextmanager
def worker_environment(settings: Settings) -> Iterator[None]:
    """Set the variables of the worker, and tell runs to the stack's server."""
    environment = settings.flow_environment()
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_settings({PREFECT_API_URL: environment["PREFECT_API_URL"]}),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        yield
