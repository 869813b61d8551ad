"""`python -m flows.run FLOW [PARAMETERS]`: run a flow in this process, and wait for its end.

For a namespace that has no deployments, such as a proof's. The run is told to the server at
`PREFECT_API_URL` as any other is; a failure ends the process with its error.
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
        UnknownNameError: no deployment is of such a flow.
    """
    flows = {one.flow.name: one.flow for one in DEPLOYMENTS}
    if name not in flows:
        raise UnknownNameError(f"no flow is named {name!r}; known: {', '.join(flows)}")
    flows[name](**json.loads(parameters))


if __name__ == "__main__":
    run(*sys.argv[1:])
