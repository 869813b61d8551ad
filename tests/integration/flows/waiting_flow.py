"""A flow that waits: what a worker's tests run."""

import time

from prefect import flow


@flow
def waiting(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
