"""Numbered migrations of the lake: forward only, each safe to run again.

A file is named `m<number>_<what>`. One in JSON creates tables as they were declared then
(`iceberg.frozen`); one in Python holds `NAME` and `migrate(lake)`. `iceberg.migrate` runs those
that the lake has not recorded yet.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.resources import files

from iceberg.frozen import create_tables
from stores.iceberg import Lake


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the lake's history.

    Attributes:
        number: its place in the order, recorded in the lake.
        name: what it does, in a few words.
    """

    number: int
    name: str
    migrate: Callable[[Lake], None]


def _read(file: str) -> Migration:
    stem, _, kind = file.partition(".")
    number = int(stem[1:5])
    if kind == "json":
        declared = json.loads(files(__name__).joinpath(file).read_text(encoding="utf-8"))
        return Migration(
            number, declared["name"], partial(create_tables, declarations=declared["tables"])
        )
    module = import_module(f"{__name__}.{stem}")
    return Migration(number, module.NAME, module.migrate)


MIGRATIONS = tuple(
    _read(name)
    for name in sorted(one.name for one in files(__name__).iterdir())
    if name.startswith("m") and name.endswith((".json", ".py"))
)
"""Every migration in order."""
