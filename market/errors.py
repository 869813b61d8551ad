"""The errors of the domain, each saying what was expected, what was found and what to do.

Adapters subclass `TidemarkError`; nothing here knows about an exchange or a store.
"""


class TidemarkError(Exception):
    """Base of every error that Tidemark raises on purpose; its text is fit to show a user."""


class MalformedRecordError(TidemarkError):
    """A record that breaks its contract: it goes to `dead_letters`, never further.

    Args:
        reason: a short stable word for counting, such as ``bad_price``.
        detail: what was expected and what was found.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class UnknownNameError(TidemarkError):
    """A market, symbol, table, topic or interval that the dictionary does not hold."""
