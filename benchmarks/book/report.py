"""One part's outcome as a table for people and as JSON; on what machine, and how busy it was."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.candles.report import machine

_FIRST_WIDTH, _WIDTH = 57, 13
Cells = tuple[str, ...]


def say(text: str) -> None:
    """Tell a person what goes on."""
    print(text, flush=True)


def table(head: Cells, rows: Sequence[Cells]) -> str:
    """Return rows as text, the first column to the left."""
    return "\n".join(
        f"{name:{_FIRST_WIDTH}}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
        for name, *cells in (head, *rows)
    )


@dataclass(slots=True)
class Report:
    """Everything that one part found.

    Attributes:
        part: names the file.
        head: of the table.
        facts: what was asked for, and whatever the table does not show.
    """

    part: str
    head: Cells
    facts: dict[str, Any] = field(default_factory=dict)
    rows: list[Cells] = field(default_factory=list)
    _runs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, cells: Cells, run: dict[str, Any]) -> None:
        """Add a line, and what it was made from; tell it at once."""
        load = os.getloadavg()[0]
        self.rows.append((*cells, f"{load:.1f}"))
        self._runs.append({"name": cells[0]} | run | {"load": load})
        say(self.text().splitlines()[-1])

    def text(self) -> str:
        """Return the table."""
        return table((*self.head, "load"), self.rows)

    def write(self, root: Path) -> None:
        """Show the table, and write everything as JSON below ``build/bench``."""
        path = root / "build" / "bench" / f"book_{self.part}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"machine": machine(), "facts": self.facts, "runs": self._runs}
        path.write_text(json.dumps(content, indent=2) + "\n")
        say(f"\n{self.text()}\nwritten to {path.relative_to(root)}")
