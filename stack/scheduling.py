"""Tell Prefect which flows run by themselves.

Flows are a program of their own, started with the environment that the worker has: so nothing of
Prefect is loaded into the command line, and its state stays below the stack's home.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from market.errors import TidemarkError
from stack.settings import Settings

_LAST_LINES = 5


class RegistrationError(TidemarkError):
    """Prefect could not be told about the flows."""


def schedule_flows(settings: Settings, report: Callable[[str], None]) -> None:
    """Register every deployment; safe to run again.

    A namespace beside the product's own gets no schedules: it is a proof's or a test's, whose
    flows are run when it asks for them.

    Raises:
        RegistrationError: the server does not answer, or refuses.
    """
    if settings.namespace.prefix:
        return
    done = subprocess.run(
        [sys.executable, "-m", "flows"],
        cwd=settings.root,
        env={**os.environ, **settings.flow_environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        raise RegistrationError(
            f"Prefect at {settings.prefect_url}: expected it to take the deployments, "
            f"found:\n{last}"
        )
    for name in done.stdout.splitlines():
        report(f"prefect: {name} runs by itself")
