"""What needs Prefect, as programs with the worker's environment: register the flows, run one.

So nothing of Prefect is loaded here, and its state stays below the stack's home.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping

from market.errors import TidemarkError
from stack.settings import Settings

_REGISTRATION_LINES, _FLOW_LINES = 5, 15
"""Of what a program printed last, in its error."""


class RegistrationError(TidemarkError):
    """The flows could not be registered with Prefect."""


class FlowError(TidemarkError):
    """A flow failed."""


def schedule_flows(settings: Settings, report: Callable[[str], None]) -> None:
    """Register every deployment; safe to run again.

    A namespace other than the product's own gets no schedules: it is a proof's or a test's, which
    runs flows itself.

    Raises:
        RegistrationError: the server does not answer, or refuses.
    """
    if settings.namespace.prefix:
        return
    done = _run(settings, "flows")
    if done.returncode:
        raise RegistrationError(
            f"Prefect at {settings.prefect_url}: expected it to take the deployments, found:\n"
            f"{_last_lines(done, _REGISTRATION_LINES)}"
        )
    for name in done.stdout.splitlines():
        report(f"prefect: {name} is deployed")


def run_flow(settings: Settings, name: str, parameters: Mapping[str, object]) -> None:
    """Run a flow in the namespace of the settings, as a proof does, and wait for its end.

    Args:
        settings: of the stack; `exchange` is what the flow may ask.
        name: of the flow, such as ``repair``.
        parameters: values that JSON can hold.

    Raises:
        FlowError: it failed; the text ends with its last lines.
    """
    done = _run(settings, "flows.run", name, json.dumps(parameters))
    if done.returncode:
        raise FlowError(
            f"flow {name}: expected it to complete, found exit code {done.returncode}:\n"
            f"{_last_lines(done, _FLOW_LINES)}"
        )


def _run(settings: Settings, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=settings.root,
        env={**os.environ, **settings.flow_environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def _last_lines(done: subprocess.CompletedProcess[str], number: int) -> str:
    return "\n".join(done.stderr.splitlines()[-number:])
