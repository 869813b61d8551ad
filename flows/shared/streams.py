"""One writer per range: whether a stream will still write the trades that a flow wants to append.

Theory of operation. A stream is a connector, Kafka's topic and the job `bronze`. It brings the
trades of a symbol in order, each exactly once, and none before its connector's stored offset
again. So it is past a range

* when a trade that came by the stream and is later than the range is in bronze: whatever Kafka had
  before it was committed with it or before it, and the connector's offset, which is written in one
  transaction with each record, is past it too;
* when no connector has ever stored an offset of the symbol: then Kafka holds no trade of it, and
  a connector that starts now starts with the next trade.

In every other case the range is the stream's. A connector that is down resumes at its offset and
fetches what it missed; a job that is down reads what Kafka holds. What they leave is a gap like any
other, and is filled once they are past it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from kafka import KafkaConsumer

from connectors.connect.offsets import read_offsets
from flows.shared.config import FlowConfig
from flows.shared.exchange import MARKET
from market.dictionary.topics import CONNECT_OFFSETS
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, quoted

_OTHER_NUMBERS_MS = 60_000
"""A streamed trade this much later than a range is past it, even if ids restarted since."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a stream has come with one symbol: its newest trade.

    Attributes:
        event_time_ms: epoch milliseconds.
    """

    trade_id: int
    event_time_ms: int

    def is_past(self, ids: range, times_ms: range) -> bool:
        """Return whether nothing of a range is still to come.

        Args:
            ids: at least one.
            times_ms: event times that their trades can have.
        """
        by_id = self.trade_id >= ids[-1] and self.event_time_ms >= times_ms.start
        return by_id or self.event_time_ms > times_ms.stop + _OTHER_NUMBERS_MS


class Streams:
    """The streams of `MARKET`.

    Args:
        streamed: returns the newest trade of a symbol that came by the stream, among those from an
            event time on.
        stored: returns how far connectors have come, by symbol; called at most once.
    """

    def __init__(
        self,
        streamed: Callable[[str, int], Reached | None],
        stored: Callable[[], Mapping[str, Reached]],
    ) -> None:
        self._read_streamed = streamed
        self._read_stored = stored
        self._streamed: dict[str, tuple[int, Reached | None]] = {}
        self._stored: Mapping[str, Reached] | None = None

    def still_to_come(self, symbol: str, ids: range, times_ms: range) -> str:
        """Return why a stream may still bring some of a range; empty when it will not.

        Args:
            symbol: upper case.
            ids: at least one.
            times_ms: event times that their trades can have.

        Raises:
            QueryError: Trino refused or does not answer.
            KafkaError: Kafka does not answer.
            TimeoutError: the same.
        """
        in_bronze = self._newest(symbol, times_ms.start)
        if in_bronze is not None and in_bronze.is_past(ids, times_ms):
            return ""
        reached = self.stored().get(symbol)
        if reached is None:
            return ""
        if not reached.is_past(ids, times_ms):
            return (
                f"the connector's offset of {symbol} is at id {reached.trade_id}, expected it at "
                f"{ids[-1]} or beyond: when it runs, it fetches what is after its offset"
            )
        return (
            f"the connector's offset of {symbol} is at id {reached.trade_id}, but the job `bronze` "
            f"has not brought id {ids[-1]} or a later one yet: see `tidemark jobs list`"
        )

    def stored(self) -> Mapping[str, Reached]:
        """Return how far connectors have come, by symbol.

        Raises:
            KafkaError: Kafka does not answer.
            TimeoutError: the same.
        """
        if self._stored is None:
            self._stored = self._read_stored()
        return self._stored

    def _newest(self, symbol: str, since_ms: int) -> Reached | None:
        since = self._streamed.get(symbol)
        if since is None or since[0] > since_ms:
            since = self._streamed[symbol] = (since_ms, self._read_streamed(symbol, since_ms))
        return since[1]


def streams_of(config: FlowConfig) -> Streams:
    """Return the streams of a run's namespace."""
    return Streams(
        lambda *asked: _streamed(config, *asked),
        lambda: _stored(config),
    )


def _streamed(config: FlowConfig, symbol: str, since_ms: int) -> Reached | None:
    names = {
        "bronze": config.namespace.layer("bronze"),
        "market": quoted(MARKET),
        "symbol": quoted(symbol),
        "since": instant(since_ms),
    }
    ((trade_id, event_time_ms),) = query(
        config.trino_url, statement("flows/repair/streamed.sql", names)
    ).rows
    return None if trade_id is None else Reached(trade_id, event_time_ms)


def _stored(config: FlowConfig) -> dict[str, Reached]:
    topic = config.namespace.topic(CONNECT_OFFSETS.name)
    if not _exists(config.kafka_bootstrap_servers, topic):
        return {}
    offsets = read_offsets(config.kafka_bootstrap_servers, topic, connector="")
    return newest_offsets(offsets.by_key)


def _exists(bootstrap_servers: str, topic: str) -> bool:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap_servers)
    try:
        return topic in consumer.topics()
    finally:
        consumer.close()


def newest_offsets(by_key: Mapping[bytes, bytes]) -> dict[str, Reached]:
    """Return the newest offset of each symbol's trades, whichever connector stored it.

    Args:
        by_key: ``["<connector>",{partition}]`` and offset, as JSON.
    """
    newest: dict[str, Reached] = {}
    for key, value in by_key.items():
        _, partition = msgspec.json.decode(key)
        offset = msgspec.json.decode(value)
        symbol = partition.get("symbol")
        if partition.get("market") != MARKET or not symbol or "trade_id" not in offset:
            continue
        reached = Reached(offset["trade_id"], offset["event_time_ms"])
        if symbol not in newest or reached.event_time_ms > newest[symbol].event_time_ms:
            newest[symbol] = reached
    return newest
