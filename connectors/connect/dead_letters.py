"""Dead letters: refused records are kept with their reason, and too many of them stop the task.

Refusing never loses anything silently. The limits keep a broken source, or our broken reading of a
sound one, from filling the dead letters unnoticed.
"""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.connect.config import Key, Settings
from connectors.connect.errors import DeadLetterLimitError

if TYPE_CHECKING:
    from connectors.connect.clock import Clock

DEAD_LETTERS_VERSION = 1

MAX_PAYLOAD_CHARACTERS = 10_000
"""An exchange's frame has under 1,000; longer payloads are cut."""

TOLERANCE = Key(
    "errors.tolerance",
    "all",
    "`none` stops the task at the first refused record, `all` at the limits below.",
    choices=("none", "all"),
)
MAX_CONSECUTIVE = Key(
    "errors.deadletters.max.consecutive",
    "100",
    "Number of consecutive refused records that stops the task.",
    minimum=1,
)
MAX_PERCENT = Key(
    "errors.deadletters.max.percent",
    "20",
    "Share of refused records among the last ones that stops the task.",
    minimum=1,
    maximum=100,
)
WINDOW = Key(
    "errors.deadletters.window.records",
    "1000",
    "Number of last records over which that share is computed.",
    minimum=10,
)
KEYS = (TOLERANCE, MAX_CONSECUTIVE, MAX_PERCENT, WINDOW)


@dataclass(frozen=True, slots=True)
class DeadLetterLimits:
    """When refusing becomes failing; see the keys above for each attribute."""

    max_consecutive: int = 100
    max_percent: int = 20
    window_records: int = 1000

    @classmethod
    def of(cls, settings: Settings) -> "DeadLetterLimits":
        """Return the limits that a connector's configuration sets."""
        if settings.text(TOLERANCE.name) == "none":
            return cls(max_consecutive=1)
        return cls(
            settings.integer(MAX_CONSECUTIVE.name),
            settings.integer(MAX_PERCENT.name),
            settings.integer(WINDOW.name),
        )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused record.

    Attributes:
        symbol: empty when it could not be read.
        reason: a short stable word for counting.
        payload: what was received, as text.
    """

    market: str
    symbol: str
    stream: str
    reason: str
    detail: str
    payload: str


class DeadLetters:
    """Counts what one task accepts and refuses, and encodes refused records.

    Args:
        connector: name of the connector.
        task: number of the task.
        limits: when refusing becomes failing.
        clock: dates the letters.
    """

    def __init__(self, connector: str, task: int, limits: DeadLetterLimits, clock: "Clock") -> None:
        self._connector = connector
        self._task = task
        self._limits = limits
        self._clock = clock
        self._record = 0
        self._consecutive = 0
        self._worst_consecutive = 0
        self._refused_at: deque[int] = deque()
        self._last: DeadLetter | None = None

    def accepted(self, number: int = 1) -> None:
        """Note accepted records."""
        self._record += number
        self._consecutive = 0

    def refused(self, letter: DeadLetter) -> dict[str, object]:
        """Note a refused record and return its value for topic `dead_letters`."""
        self._record += 1
        self._refused_at.append(self._record)
        self._consecutive += 1
        self._worst_consecutive = max(self._worst_consecutive, self._consecutive)
        self._last = letter
        return self.repeated(letter)

    def repeated(self, letter: DeadLetter) -> dict[str, object]:
        """Return the value of a letter that no limit counts: nothing is lost by it."""
        return {
            "market": letter.market,
            "symbol": letter.symbol,
            "connector": self._connector,
            "task": self._task,
            "stream": letter.stream,
            "reason": letter.reason,
            "detail": letter.detail,
            "payload": letter.payload[:MAX_PAYLOAD_CHARACTERS],
            "receive_time_ms": self._clock.time_ms(),
            "schema_version": DEAD_LETTERS_VERSION,
        }

    def check(self) -> None:
        """Fail at a limit; call it once the letters are written, so that the last ones can be read.

        Raises:
            DeadLetterLimitError: a limit is reached.
        """
        limits = self._limits
        while self._refused_at and self._refused_at[0] <= self._record - limits.window_records:
            self._refused_at.popleft()
        if self._worst_consecutive >= limits.max_consecutive:
            self._fail(f"{self._worst_consecutive} records in a row were refused")
        percent = 100 * len(self._refused_at) / limits.window_records
        if self._record >= limits.window_records and percent >= limits.max_percent:
            self._fail(f"{percent:.1f} % of the last {limits.window_records} records were refused")

    def _fail(self, finding: str) -> None:
        last = self._last
        example = f"{last.reason}: {last.detail}" if last is not None else "none"
        raise DeadLetterLimitError(
            f"{self._connector} task {self._task}: expected fewer than "
            f"{self._limits.max_consecutive} refused records in a row and less than "
            f"{self._limits.max_percent} %, found that {finding}; the last one: {example}. "
            "Read topic dead_letters, fix the cause and restart"
        )
