"""Tasks of a flow that need nothing of each other, a few at the same time."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from prefect.futures import PrefectFuture

from stores.trino import AT_ONCE

One = TypeVar("One")
Made = TypeVar("Made")


def results_of(
    submit: Callable[[One], PrefectFuture[Made]], items: Iterable[One]
) -> Iterator[Made]:
    """Run a task for each item, as many at once as Trino runs statements; yield what they return.

    Args:
        submit: submits the task for an item.
        items: none of which needs another one's result.

    Raises:
        Exception: what a task raised at its last attempt; the one beside it has begun, too.
    """
    waiting = list(items)
    for first in range(0, len(waiting), AT_ONCE):
        for run in [submit(one) for one in waiting[first : first + AT_ONCE]]:
            yield run.result()
