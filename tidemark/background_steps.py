"""Steps that run beside a live view: their last line of output, and how they ended.

They must not print themselves, since the view owns the terminal.
"""

import io
import threading
from collections.abc import Callable, Sequence

import rich.console

from market.errors import TidemarkError
from stack.console import Console

Step = Callable[[Console], None]


class _LastLine(io.StringIO):
    """A stream of which only the last line is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def write(self, text: str) -> int:
        """Keep the last line that is not empty."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        self.text = lines[-1] if lines else self.text
        return len(text)


class BackgroundSteps:
    """Runs steps one after the other, in a thread that does not outlive the program.

    Args:
        steps: each takes the console that it prints to. A `TidemarkError` of one ends them and is
            shown in `state`; the view continues without their results.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._last = _LastLine()
        self._failure = ""
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="steps", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def state(self) -> str:
        """What is running, or why it failed; empty when all is done."""
        if self._failure:
            return f"failed: {self._failure}"
        return self._last.text or "waiting" if self._thread.is_alive() else ""

    def end(self) -> None:
        """Start no further step; failures of the running one are no longer reported."""
        self._is_ended = True

    def join(self, within_s: float) -> None:
        """Wait until no step runs."""
        if self._thread.is_alive():
            self._thread.join(within_s)

    def _run(self) -> None:
        console = Console(rich.console.Console(file=self._last, highlight=False, width=1_000))
        try:
            for step in self._steps:
                if not self._is_ended:
                    step(console)
        except TidemarkError as error:
            self._failure = str(error).splitlines()[0]
        except Exception:
            # What it works with has been torn down.
            if not self._is_ended:
                raise
