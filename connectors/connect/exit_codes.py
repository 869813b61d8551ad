"""What a worker's exit code says; a supervisor reads it, so this module imports nothing else."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of a worker; 2 is a wrong command line."""

    STOPPED = 0
    """A stop was asked for, and everything received before is committed."""

    ERROR = 1
    """Configuration, Kafka, or a task that did not stop in time: a new start may cure it."""

    FAILED = 3
    """Every task failed for good, such as one that another worker fenced: somebody must act."""
