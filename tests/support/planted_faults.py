"""Checkouts with one fault planted in them, which the random proof must find.

A planted fault is a change of one source file that looks harmless: what it breaks is a link in the
chain from the exchange to a row.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.support.checkouts import copy_checkout


@dataclass(frozen=True)
class Plant:
    """A planted fault.

    Attributes:
        path: of the file, below the root of a checkout.
        text: that stands there once.
        instead: what is written in its place.
        only: kinds of faults that are enough to find it, so that its run is short.
        seed: draws a plan of them that finds it.
    """

    path: str
    text: str
    instead: str
    only: str = ""
    seed: int = 7


PLANTS = {
    "watermark": Plant(
        "flink_jobs/ddl.py",
        "AS CASE WHEN `kind` = 'heartbeat' \"\n            \"THEN `event_time` - INTERVAL "
        "'0.001' SECOND(1, 3) END\"",
        'AS "\n            "`event_time` - INTERVAL \'0.001\' SECOND(1, 3)"',
        "cut,rest_slow,rest_failing",
    ),
    "hold": Plant(
        "connectors/feeds/vouching.py",
        "        return marker_times_ms(since_ms, until_ms)",
        "        return ()",
        "silence,rest_slow,rest_failing",
        1411,
    ),
    "late markers": Plant(
        "connectors/feeds/market_records.py",
        "if event_time_ms < heartbeat_ms - heartbeat_ms % SECOND_MS:",
        "if event_time_ms < 0:",
        "silence,rest_slow,rest_failing",
        1411,
    ),
    "lake commit": Plant(
        "sql/flink/shared/to_lake.sql",
        "FROM ${table}",
        "FROM ${table}\nWHERE EXTRACT(SECOND FROM window_start) <> 17",
        "duplicate",
    ),
    "MongoDB upsert": Plant(
        "sql/flink/shared/to_live.sql",
        "HH:mm:ss''Z'''",
        "HH:mm:''00Z'''",
        "duplicate",
    ),
}
"""By what they break.

* watermark: each record moves it, so that a busy symbol closes the windows of one that waits.
* hold: a symbol that cannot be proven in time is released without a word.
* late markers: what comes after its window does not say so, and nobody corrects the window.
* lake commit: of each minute one second is lost on its way into the lake.
* MongoDB upsert: the windows of a minute share a document.
"""


def plant(name: str, folder: Path) -> Path:
    """Return a checkout in a folder with a fault planted in it.

    Raises:
        ValueError: the file does not hold the text that is to be changed, once.
    """
    copy_checkout(folder)
    planted = PLANTS[name]
    path = folder / planted.path
    text = path.read_text(encoding="utf-8")
    if text.count(planted.text) != 1:
        raise ValueError(
            f"planted fault {name}: expected its text once in {planted.path}, found it "
            f"{text.count(planted.text)} times; follow the source"
        )
    path.write_text(text.replace(planted.text, planted.instead), encoding="utf-8")
    return folder
