"""A recorded capture under many names, so that each Kafka partition holds several busy symbols."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kafka.partitioner.default import murmur2

from market.dictionary.schemas import MARKET_PARTITIONS

RECORDED = "BTCUSDT"
EIGHT = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "XRPUSDT", "LINKUSDT", "TRXUSDT", "AVAXUSDT")
"""Names of which each partition of a spot topic gets two."""

_IDS = ("t", "U", "u", "pu", "lastUpdateId")
_IDS_APART = 10**12
"""A snapshot does not say whose it is: it is found by its id, which no other name may have."""


def partition_of(market: str, symbol: str) -> int:
    """Return the partition that Kafka's default partitioner chooses for a symbol."""
    key = f"{market}|{symbol}".encode()
    return (murmur2(key) & 0x7FFFFFFF) % MARKET_PARTITIONS


def under_many_names(
    captures: Path,
    folder: Path,
    names: Sequence[str] = EIGHT,
    *,
    kinds: Sequence[str] = ("trade", "depthUpdate"),
    seconds: float = float("inf"),
) -> Path:
    """Write recorded spot captures once for each name, and return the folder.

    Args:
        captures: folder of the recorded files.
        folder: where the files go.
        names: upper case.
        kinds: events that are kept; snapshots of books are kept with their diffs.
        seconds: of the recording, from its first line on.
    """
    files = sorted(captures.glob("spot_*.gz"))
    lines = [list(_kept(path, kinds)) for path in files]
    end_ns = lines[0][0][0] + seconds * 1_000_000_000
    for path, recorded in zip(files, lines, strict=True):
        kept = [(time_ns, frame) for time_ns, frame in recorded if time_ns < end_ns]
        for number, name in enumerate(names):
            target = folder / path.name.replace(RECORDED.lower(), name.lower())
            if kept:
                _write(target, kept, name, number * _IDS_APART)
    return folder


def _kept(path: Path, kinds: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    with gzip.open(path, "rt") as lines:
        for line in lines:
            time_ns, _, text = line.partition(" ")
            frame = json.loads(text)
            event = frame.get("data", {}).get("e")
            if event in kinds or ("lastUpdateId" in frame and "depthUpdate" in kinds):
                yield int(time_ns), frame


def _write(path: Path, lines: Sequence[tuple[int, dict[str, Any]]], name: str, ids_up: int) -> None:
    with gzip.open(path, "wt", compresslevel=1) as file:
        for time_ns, frame in lines:
            renamed = json.dumps(_renamed(frame, name, ids_up), separators=(",", ":"))
            file.write(f"{time_ns} {renamed}\n")


def _renamed(frame: dict[str, Any], name: str, ids_up: int) -> dict[str, Any]:
    if "stream" not in frame:
        return _shifted(frame, ids_up)
    stream = frame["stream"].replace(RECORDED.lower(), name.lower())
    return {"stream": stream, "data": _shifted(frame["data"], ids_up) | {"s": name}}


def _shifted(values: dict[str, Any], ids_up: int) -> dict[str, Any]:
    return {key: value + ids_up if key in _IDS else value for key, value in values.items()}
