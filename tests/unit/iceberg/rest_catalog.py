"""A small REST catalog over files, whose answers to commits can go wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table import CommitTableRequest
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import update_table_metadata

from market.dictionary.names import Namespace
from stores.iceberg import Lake, LakeConfig


class Fault(StrEnum):
    """What happens to one commit."""

    LANDS_AND_IS_REPEATED = "a proxy repeats the request, and answers with the second answer"
    LANDS_WITH_500 = "it lands, and the answer is an error"
    LANDS_WITH_503 = "it lands, and a proxy answers that the service is away"
    LANDS_WITHOUT_ANSWER = "it lands, and the connection ends"
    IS_LOST = "it never arrives, and the connection ends"
    FAILS_WITH_500 = "it does not land, and the answer is an error"


LANDING = [one for one in Fault if one.name.startswith("LANDS")]


class RestCatalog:
    """The tables by name, and the faults of the next commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, TableMetadata] = {}
        self.faults: list[Fault | None] = []
        self.lock = threading.Lock()

    def create(self, body: str) -> TableMetadata:
        """Take a request to create a table."""
        asked = CreateTableRequest.model_validate({"location": None} | json.loads(body))
        self.tables[asked.name] = new_table_metadata(
            schema=asked.table_schema,
            partition_spec=asked.partition_spec or UNPARTITIONED_PARTITION_SPEC,
            sort_order=asked.write_order or UNSORTED_SORT_ORDER,
            location=f"file://{self.folder}/{asked.name}",
            properties=asked.properties,
        )
        return self.tables[asked.name]

    def commit(self, name: str, body: str) -> tuple[int, dict[str, Any]]:
        """Take a commit if its requirements hold; returns status and answer."""
        asked = CommitTableRequest.model_validate_json(body)
        now = self.tables[name]
        try:
            for one in asked.requirements:
                one.validate(now)
        except Exception as error:
            return 409, _error(409, str(error))
        self.tables[name] = update_table_metadata(now, asked.updates)
        return 200, answer_of(self.tables[name])


def answer_of(metadata: TableMetadata) -> dict[str, Any]:
    return {
        "metadata-location": f"{metadata.location}/metadata/{metadata.last_updated_ms}.json",
        "metadata": json.loads(metadata.model_dump_json(by_alias=True)),
        "config": {},
    }


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "Stub", "code": code}}


class _Handler(BaseHTTPRequestHandler):
    catalog: RestCatalog

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path.startswith("/v1/config"):
            self._answer(200, {"defaults": {}, "overrides": {}})
            return
        name = self.path.rpartition("/")[2].partition("?")[0]
        if name in self.catalog.tables:
            self._answer(200, answer_of(self.catalog.tables[name]))
        else:
            self._answer(404, _error(404, f"no table {name}"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path.endswith("/oauth/tokens"):
            self._answer(200, {"access_token": "stub", "token_type": "bearer", "expires_in": 3600})
        elif self.path.endswith("/tables"):
            self._answer(200, answer_of(self.catalog.create(body)))
        elif self.path.endswith("/namespaces"):
            self._answer(200, {"namespace": ["bronze"], "properties": {}})
        else:
            self._commit(self.path.rpartition("/")[2], body)

    def _commit(self, name: str, body: str) -> None:
        with self.catalog.lock:
            faults = self.catalog.faults
            fault = faults.pop(0) if faults else None
            if fault in (Fault.IS_LOST, Fault.FAILS_WITH_500):
                status, answer = 500, _error(500, "stub")
            else:
                status, answer = self.catalog.commit(name, body)
            if fault is Fault.LANDS_AND_IS_REPEATED:
                status, answer = self.catalog.commit(name, body)
        if fault in (Fault.LANDS_WITHOUT_ANSWER, Fault.IS_LOST):
            self.close_connection = True
            return
        if fault is Fault.LANDS_WITH_500:
            status, answer = 500, _error(500, "stub")
        if fault is Fault.LANDS_WITH_503:
            status, answer = 503, _error(503, "stub")
        self._answer(status, answer)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        encoded = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)


@contextmanager
def rest_catalog(folder: Path) -> Iterator[tuple[RestCatalog, Lake]]:
    """Serve a catalog, and yield it with a lake that asks it."""
    catalog = RestCatalog(folder)
    handler = type("Handler", (_Handler,), {"catalog": catalog})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    uri = f"http://127.0.0.1:{server.server_port}"
    try:
        yield catalog, Lake(LakeConfig(uri, "lake", uri, "key", "secret", "local", Namespace()))
    finally:
        server.shutdown()
        server.server_close()
