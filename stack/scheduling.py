"""Register the flows' schedules with Prefect.

A program of its own registers them, with the worker's environment: so nothing of Prefect is loaded
into the command line, and its state stays below the stack's home.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from market.errors import TidemarkError
from stack.settings import Settings

_LAST_LINES = 5


class RegistrationError(TidemarkError):
    """The flows could not be registered with Prefect."""


def schedule_flows(settings: Settings, report: Callable[[str], None]) -> None:
    """Register every deployment; safe to run again.

    A namespace other than the product's own gets no schedules: it is a proof's or a test's, which
    runs flows itself.

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
        report(f"prefect: {name} is deployed")
