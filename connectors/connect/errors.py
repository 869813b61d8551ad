"""The errors of the runtime that stop a task permanently, and the exit codes of its worker.

Any other exception that leaves a task counts as transient: the task restarts with backoff.
"""

from collections.abc import Sequence
from enum import IntEnum

from market.errors import TidemarkError


class PermanentError(TidemarkError):
    """An error that a restart cannot fix: the task stays FAILED until someone acts."""


class ConfigError(PermanentError):
    """Configuration that cannot be used; lists everything that is wrong with it.

    Args:
        where: the file or connector that holds it.
        problems: one sentence each, with what was expected and what was found.
    """

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{where}: {len(problems)} problem(s) in its configuration{listed}")
        self.problems = tuple(problems)


class FencedError(PermanentError):
    """Another worker has taken this task over; continuing here would write records twice."""


class DeadLetterLimitError(PermanentError):
    """So many records were refused that the source or our reading of it must be wrong."""


class TopicMismatchError(PermanentError):
    """A topic exists with settings that differ from the dictionary of topics."""


class ExitCode(IntEnum):
    """Exit codes of a worker; 2 is a wrong command line."""

    STOPPED = 0
    """A stop was requested, and everything received before it is committed."""

    ERROR = 1
    """Configuration, Kafka, or a task that did not stop in time: a restart may help."""

    FAILED = 3
    """Every task failed permanently, for example fenced by another worker: someone must act."""
