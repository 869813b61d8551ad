"""Run a flow as a program and wait for its end, as a proof does in its own namespace.

The flow runs with the worker's environment, so nothing of Prefect is loaded here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from market.errors import TidemarkError
from stack.settings import Settings

_LAST_LINES = 15


class FlowError(TidemarkError):
    """A flow failed."""


def run_flow(settings: Settings, name: str, parameters: Mapping[str, object]) -> None:
    """Run a flow in the namespace of the settings.

    Args:
        settings: of the stack; `exchange` is what the flow may ask.
        name: of the flow, such as ``repair``.
        parameters: values that JSON can hold.

    Raises:
        FlowError: it failed; the text ends with its last lines.
    """
    done = subprocess.run(
        [sys.executable, "-m", "flows.run", name, json.dumps(parameters)],
        cwd=settings.root,
        env={**os.environ, **settings.flow_environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        raise FlowError(f"flow {name}: expected it to complete, found:\n{last}")
