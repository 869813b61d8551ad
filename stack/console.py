"""What a person sees while the stack starts: lines that also read well in a log file.

On a terminal there are a spinner and progress bars as well; elsewhere a plain line every few
seconds reports the progress of a long step.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import rich.console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_INTERVAL_S = 5.0
"""Time between two lines about one step, where there is no terminal."""


class Console:
    """Output to a person.

    Args:
        console: rich's own; standard error when not given, since standard output is for results.
    """

    def __init__(self, console: rich.console.Console | None = None) -> None:
        self._rich = console or rich.console.Console(stderr=True, highlight=False)

    def line(self, text: str, style: str | None = None) -> None:
        """Print one line, unbroken."""
        self._rich.print(text, style=style, markup=False, soft_wrap=True)

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show a spinner with a changing text, on a terminal only."""
        if not self._rich.is_terminal:
            yield lambda _: None
            return
        with self._rich.status(text) as status:
            yield lambda changed: status.update(changed)

    @contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show the progress of a long step; the yielded function takes the bytes done so far.

        Args:
            title: what is being done.
            total: bytes to do; unknown when not given.
        """
        started = time.monotonic()
        with self._bar(title, total) if self._rich.is_terminal else nullcontext(None) as bar:
            yield bar or self._plain(title, total)
        self.line(f"{title}: done in {time.monotonic() - started:.1f} s")

    @contextmanager
    def _bar(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        size = (DownloadColumn(),) if total else ()
        with Progress(*columns, *size, console=self._rich, transient=True) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.update(task, completed=done)

    def _plain(self, title: str, total: int | None) -> Callable[[int], None]:
        self.line(f"{title} ...")
        shown_at = time.monotonic()

        def show(done: int) -> None:
            nonlocal shown_at
            if total and time.monotonic() - shown_at >= _PLAIN_INTERVAL_S:
                shown_at = time.monotonic()
                self.line(f"{title}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

        return show
