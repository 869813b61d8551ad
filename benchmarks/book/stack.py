"""The services that a part needs, with a namespace of the run's own in them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from market.dictionary.names import Namespace
from stack.settings import Settings, read_settings
from stack.stack import Stack


def bench_settings() -> Settings:
    """Return the settings of the benchmark's stack, with a namespace of this run's own."""
    return replace(read_settings(), namespace=Namespace(f"bench_book_{os.getpid()}"))


@contextmanager
def running(settings: Settings, services: Sequence[str]) -> Iterator[Stack]:
    """Run a stack; one that did not run before is taken down and wiped afterwards."""
    stack = Stack(settings)
    ours = not stack.supervisor.is_alive()
    try:
        stack.up(services)
        yield stack
    finally:
        if ours:
            stack.down(wipe=True)
