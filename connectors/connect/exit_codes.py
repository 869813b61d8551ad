"""The meaning of a worker's exit codes; a supervisor reads it, so this module imports nothing."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of a worker; 2 is a wrong command line."""

    STOPPED = 0
    """A stop was requested, and everything received before it is committed."""

    ERROR = 1
    """Configuration, Kafka, or a task that did not stop in time: a restart may help."""

    FAILED = 3
    """Every task failed permanently, for example fenced by another worker: someone must act."""
