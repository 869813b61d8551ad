"""`python -m flows`: register the deployments with the server at `PREFECT_API_URL`."""

import os
import sys
from pathlib import Path

from flows.deployments import DEPLOYMENTS
from flows.registration import connect, register
from stores.environment import SettingsError


def main() -> None:
    """Register every deployment and print their names.

    Raises:
        SettingsError: `PREFECT_API_URL` is not set.
    """
    api_url = os.environ.get("PREFECT_API_URL", "")
    if not api_url:
        raise SettingsError(
            "PREFECT_API_URL: expected the server's API, such as http://127.0.0.1:4200/api, "
            "found none"
        )
    root = Path(__file__).resolve().parents[1]
    with connect(api_url) as client:
        names = register(client, DEPLOYMENTS, str(root), _exchange())
    sys.stdout.write("".join(f"{name}\n" for name in names))


def _exchange() -> dict[str, str]:
    """Return the variable that names the exchange of runs: it may differ from the worker's."""
    return {"TIDEMARK_EXCHANGE": os.environ.get("TIDEMARK_EXCHANGE", "")}


if __name__ == "__main__":
    main()
