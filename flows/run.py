"""`python -m flows.run FLOW [PARAMETERS]`: run a flow in this process, and wait for its end.

For a namespace without deployments, such as a proof's. The server at `PREFECT_API_URL` records the
run like any other; a failure ends the process with its error.
"""

import json
import sys

from flows.deployments import DEPLOYMENTS
from market.errors import UnknownNameError


def run(name: str, parameters: str = "{}") -> None:
    """Run a flow by its name.

    Args:
        name: of the flow, such as ``repair``.
        parameters: a JSON object.

    Raises:
        UnknownNameError: no deployment has a flow of that name.
    """
    flows = {one.flow.name: one.flow for one in DEPLOYMENTS}
    if name not in flows:
        raise UnknownNameError(f"flow {name!r}: expected one of {', '.join(flows)}")
    flows[name](**json.loads(parameters))


if __name__ == "__main__":
    run(*sys.argv[1:])
