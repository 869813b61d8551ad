"""Probes for health checks: whether something answers at an address.

Each returns quickly, and none raises because a service is down.
"""

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pymongo
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

_TIMEOUT_S = 2.0


def http_status(url: str) -> int | None:
    """Return the status with which a URL answers; None without an answer."""
    answer = _get(url)
    return answer[0] if answer else None


def http_json(url: str) -> dict[str, Any] | None:
    """Return the JSON object that a URL gives; None when it gives none."""
    answer = _get(url)
    if not answer or answer[0] != http.client.OK:
        return None
    try:
        found = json.loads(answer[1])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _get(url: str) -> tuple[int, bytes] | None:
    """Ask directly: proxies in the environment are not for the local machine."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".rstrip("?"))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def accepts_connections(host: str, port: int) -> bool:
    """Return whether something listens."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False


def kafka_answers(bootstrap_servers: str) -> bool:
    """Return whether a Kafka cluster describes itself to an admin client."""
    addresses = [server.rpartition(":") for server in bootstrap_servers.split(",")]
    if not any(accepts_connections(host, int(port)) for host, _, port in addresses):
        return False
    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap_servers, request_timeout_ms=int(_TIMEOUT_S * 1000)
        )
    except KafkaError:
        return False
    try:
        return bool(client.describe_cluster())
    except KafkaError:
        return False
    finally:
        client.close()


def mongodb_answers(uri: str) -> bool:
    """Return whether a MongoDB answers ``ping``."""
    timeout_ms = int(_TIMEOUT_S * 1000)
    try:
        client: pymongo.MongoClient[dict[str, Any]]
        with pymongo.MongoClient(uri, serverSelectionTimeoutMS=timeout_ms) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True
