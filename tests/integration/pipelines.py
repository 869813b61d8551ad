"""Pipelines in namespaces of their own on the ring's one stack, and captures made by hand."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack import pipeline
from stack.settings import Settings
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace


@contextmanager
def own_pipeline(settings: Settings) -> Iterator[Settings]:
    """Topics, tables and jobs in a fresh namespace; all of it is taken away afterwards."""
    own = own_namespace(settings)
    pipeline.make_ready(own, lambda _: None)
    try:
        yield own
    finally:
        pipeline.tear_down(own)


def tidemark(
    stack: RunningStack, *arguments: str, within_s: float = 400
) -> "subprocess.CompletedProcess[str]":
    """Run the command line on the ring's stack."""
    return subprocess.run(
        [sys.executable, "-m", "tidemark", *arguments],
        cwd=stack.settings.root,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )


def until(condition: Callable[[], bool], within_s: float = 180) -> None:
    """Wait for a condition, and fail if it does not come true."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {within_s} s"
        time.sleep(0.2)


def trade_line(
    symbol: str,
    trade_id: int,
    time_ms: int,
    price: str = "10.00000000",
    *,
    quantity: str = "0.50000000",
    buy: bool = True,
) -> tuple[int, str]:
    """Return a line of a capture and the time that it sorts by."""
    data = {
        "e": "trade",
        "E": time_ms + 1,
        "s": symbol,
        "t": trade_id,
        "p": price,
        "q": quantity,
        "T": time_ms,
        "m": not buy,
        "M": True,
    }
    frame = {"stream": f"{symbol.lower()}@trade", "data": data}
    return time_ms, f"{time_ms - 1_270}000000 {json.dumps(frame, separators=(',', ':'))}"


def write_capture(path: Path, lines: Sequence[tuple[int, str]]) -> Path:
    """Write a capture file, its lines in the order of their time."""
    with gzip.open(path, "wt") as file:
        file.writelines(f"{text}\n" for _, text in sorted(lines, key=lambda line: line[0]))
    return path


def beginning_of(captures: Path, seconds: int, folder: Path) -> Path:
    """Write the first seconds of recorded captures to a folder, and return the folder."""
    starts = {path: _receive_time_ns(_lines(path)) for path in sorted(captures.glob("*.gz"))}
    end_ns = min(starts.values()) + seconds * 1_000_000_000
    for path, start_ns in starts.items():
        if start_ns < end_ns:
            with gzip.open(folder / path.name, "wt", compresslevel=1) as file:
                for line in _lines(path):
                    if int(line.partition(" ")[0]) >= end_ns:
                        break
                    file.write(line)
    return folder


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt") as file:
        yield from file


def _receive_time_ns(lines: Iterator[str]) -> int:
    return int(next(lines).partition(" ")[0])


def rows_by_key(rows: Sequence[tuple[Any, Mapping[str, Any]]]) -> dict[Any, Mapping[str, Any]]:
    """Return rows by key; a key that stands twice fails."""
    keyed = dict(rows)
    assert len(keyed) == len(rows)
    return keyed
