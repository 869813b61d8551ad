"""The errors of the simulator, each saying what was expected, what was found and what to do."""

from market.errors import TidemarkError


class SimulatorError(TidemarkError):
    """Base of the simulator's own errors; its text is fit to show a user."""


class CaptureError(SimulatorError):
    """A capture that cannot be replayed: missing, unreadable, or of another market."""


class FaultError(SimulatorError):
    """A fault description that names an unknown kind or lacks a parameter."""


class ApiError(SimulatorError):
    """An answer of the exchange's REST API other than 200.

    Args:
        code: the exchange's (negative) error code.
        message: the exchange's text.
        status: HTTP status.
        retry_after_s: sent in ``Retry-After``; 0 sends no header.
    """

    def __init__(self, code: int, message: str, status: int = 400, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s
