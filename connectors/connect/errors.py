"""The errors of the runtime: which stop a task for good, and which a restart may cure.

Anything else that leaves a task is taken for transient and restarted with backoff.
"""

from collections.abc import Sequence

from market.errors import TidemarkError


class PermanentError(TidemarkError):
    """An error that a restart cannot cure: the task stays FAILED until somebody acts."""


class ConfigError(PermanentError):
    """Configuration that cannot be used; lists everything that is wrong with it at once.

    Args:
        where: the file or connector that holds it.
        problems: one sentence each, with what was expected and what was found.
    """

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{where}: {len(problems)} problem(s) in its configuration{listed}")
        self.problems = tuple(problems)


class FencedError(PermanentError):
    """Another worker has taken this task over; going on here would write records twice."""


class DeadLetterLimitError(PermanentError):
    """So much was refused that the source or our reading of it must be wrong."""


class TopicMismatchError(PermanentError):
    """A topic exists with other settings than the dictionary of topics says."""
