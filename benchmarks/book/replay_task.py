"""The shipped book task on prepared frames: everything but the socket and REST is real.

Frames enter the inbox as the socket's thread would put them; a command for a snapshot is answered
with the next prepared one, which the task holds back until its diffs have come.
"""

import threading
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.book.prepared import SNAPSHOT_LEVELS, read_frames, read_snapshots
from connectors.binance.venues import SPOT, USDM
from connectors.connect.contract import SourceRecord
from connectors.feeds.books_task import BATCH_FRAMES, BooksTask
from connectors.feeds.messages import (
    NO_CONNECTION,
    Alive,
    Command,
    Connected,
    FetchSnapshot,
    Frame,
    OpenConnection,
    PingConnection,
    SnapshotAnswer,
)
from market.books.depth_updates import BookSnapshot

WEIGHT = 50
"""What the exchange would tell of a request."""


class ReplayTask(BooksTask):
    """Reads a file of frames to its end.

    Args:
        path: of the frames.

    Attributes:
        frames_read: so far.
        ended: set when everything has been read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._frames = iter(read_frames(path))
        self._snapshots = read_snapshots(path)
        self._has_snapshot = False
        self.frames_read = 0
        self.ended = threading.Event()

    def _check_symbols(self) -> tuple[list[str], list[str]]:
        return list(self._config.symbols), []

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Put the next frames into the inbox and return their records."""
        receive_time_ms, before = self._context.clock.time_ms(), self.frames_read
        for frame in islice(self._frames, BATCH_FRAMES if self._has_snapshot else 0):
            self._inbox.put((1, Frame(frame, receive_time_ms)))
            self.frames_read += 1
        if self._has_snapshot and self.frames_read == before:
            self.ended.set()
        return super().poll(timeout_s)

    def _fulfil(self, command: Command) -> None:
        if isinstance(command, OpenConnection):
            self._inbox.put((command.connection, Connected("prepared?streams=frames")))
        elif isinstance(command, FetchSnapshot):
            self._inbox.put((NO_CONNECTION, self._answer(command)))
            self._has_snapshot = True
        elif isinstance(command, PingConnection):
            self._inbox.put((command.connection, Alive()))

    def _answer(self, command: FetchSnapshot) -> SnapshotAnswer:
        later: dict[str, Any] = next(
            (one for one in self._snapshots if one["frames"] >= self.frames_read),
            self._snapshots[-1],
        )
        snapshot = BookSnapshot.from_wire(
            later["lastUpdateId"],
            [(price, size) for price, size in later["bids"]],
            [(price, size) for price, size in later["asks"]],
            self._context.clock.time_ms(),
            SNAPSHOT_LEVELS,
        )
        return SnapshotAnswer(command.symbol, command.epoch, snapshot, used_weight=WEIGHT)


class SpotReplayTask(ReplayTask):
    """Reads frames of spot."""

    venue: ClassVar = SPOT


class UsdmReplayTask(ReplayTask):
    """Reads frames of USD-M futures."""

    venue: ClassVar = USDM


REPLAY_TASKS: dict[str, type[ReplayTask]] = {"spot": SpotReplayTask, "usdm": UsdmReplayTask}
