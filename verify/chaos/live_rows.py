"""Read every version of every document in MongoDB: poll it, and keep what is new.

A reading is not a snapshot of a collection: it may miss a window that is written meanwhile, so
one reading of slack is allowed before a window counts as absent. Each reading fetches the newest
windows, counted from the newest one of the reading before, so that none of a burst is skipped;
each `_WHOLE_EVERY`-th fetches all. While MongoDB is down nothing is read, and no reading counts.
"""

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from market.dictionary.tables import table
from verify.chaos.versions import MONGODB, TABLES, Observed, Version
from verify.expected import Key, Row
from verify.stores import plain, window_row

_EVERY_S = 0.5
_WHOLE_EVERY = 16
_NEWEST = {"1s": timedelta(seconds=60), "1m": timedelta(minutes=4)}
_SLACK_READINGS = 1
_TIMEOUT_MS = 3_000


class LiveRows:
    """Polls a pipeline's windows in MongoDB from its start to its end, in a thread of its own.

    Args:
        uri: of MongoDB.
        database: of the pipeline.
    """

    def __init__(self, uri: str, database: str) -> None:
        self._uri = uri
        self._database = database
        self._tables = {name: TableReader(name) for name in TABLES}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-rows", daemon=True)
        self.readings = 0
        self.failed_readings = 0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read everything once more, and stop."""
        self._stopping.set()
        self._thread.join()

    def observed(self) -> list[Observed]:
        """Return what was read."""
        return [reader.observed() for reader in self._tables.values()]

    def _run(self) -> None:
        with MongoClient[RawBSONDocument](
            self._uri, document_class=RawBSONDocument, serverSelectionTimeoutMS=_TIMEOUT_MS
        ) as client:
            database = client[self._database]
            while True:
                last = self._stopping.is_set()
                started_s = time.monotonic()
                is_whole = last or self.readings % _WHOLE_EVERY == 0
                try:
                    for name, reader in self._tables.items():
                        found = list(database[name].find(reader.wanted(is_whole=is_whole)))
                        reader.take(found, self.readings, is_whole=is_whole)
                    self.readings += 1
                except PyMongoError:
                    self.failed_readings += 1
                    # The last reading must succeed: it decides what is there at the end.
                    last = False
                if last:
                    return
                self._stopping.wait(max(0.05, _EVERY_S - (time.monotonic() - started_s)))


class TableReader:
    """What has been read of one collection.

    Args:
        name: of the collection, which is a table of windows.
    """

    def __init__(self, name: str) -> None:
        self._table = table(name)
        self._newest: datetime | None = None
        self._versions: list[tuple[int, float, bytes]] = []
        self._vanished: set[bytes] = set()
        self._last: dict[bytes, bytes] = {}

    def wanted(self, *, is_whole: bool) -> dict[str, Any]:
        """Return the filter of the next reading."""
        if is_whole or self._newest is None:
            return {}
        return {"window_start": {"$gte": self._newest - _NEWEST[self._table.interval]}}

    def take(self, found: list[RawBSONDocument], reading: int, *, is_whole: bool) -> None:
        """Keep the documents of a reading that were not there before."""
        now_s = time.monotonic()
        for document in found:
            raw = bytes(document.raw)
            name = str(document["_id"]).encode()
            if self._last.get(name) != raw:
                self._last[name] = raw
                self._versions.append((reading, now_s, raw))
                start = document["window_start"].replace(tzinfo=UTC)
                self._newest = max(start, self._newest or start)
        # Only a full reading can show that a document is gone.
        if is_whole:
            present = {str(document["_id"]).encode() for document in found}
            self._vanished |= self._last.keys() - present
            for name in self._last.keys() - present:
                del self._last[name]

    def observed(self) -> Observed:
        """Return all that was read."""
        versions = []
        for reading, seen_s, raw in self._versions:
            key, row = self._row(raw)
            versions.append(Version(key, row, reading, f"reading {reading}", seen_s))
        final: dict[Key, list[Row]] = defaultdict(list)
        for raw in self._last.values():
            key, row = self._row(raw)
            final[key].append(row)
        vanished = [_key_of(name) for name in self._vanished]
        return Observed(
            MONGODB, self._table.name, versions, final, slack=_SLACK_READINGS, vanished=vanished
        )

    def _row(self, raw: bytes) -> tuple[Key, Row]:
        options: CodecOptions[Any] = CodecOptions(tz_aware=True)
        return window_row(self._table, plain(bson.decode(raw, options)))


def _key_of(name: bytes) -> Key:
    """Return the key in a document's `_id`, market|symbol|interval|start."""
    market, symbol, _, start = name.decode().split("|")
    return market, symbol, int(datetime.fromisoformat(start).timestamp() * 1_000)
