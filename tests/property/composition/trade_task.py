"""The task of spot trades: the real `TradeFeed` between model network and model Kafka."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.binance import protocol
from connectors.binance.newest_ids import find_newest_ids
from connectors.connect.contract import SourceRecord
from connectors.connect.partitions import shares
from connectors.feeds.history_fetcher import HistoryFetcher
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.messages import Connected, Disconnected
from connectors.feeds.refusals import Refusals
from connectors.feeds.trade_clock import TradeClock
from connectors.feeds.trade_feed import AskNewestIds, FeedTimes, TradeFeed
from connectors.feeds.venue import RestError
from market.dictionary.topics import TRADES
from market.trades.backfills import BackfillRequest, NewestIds
from market.trades.sequence import TradeSequence
from tests.property.composition.exchange import SPOT, Published
from tests.property.composition.rest_model import Kind
from tests.property.composition.tasks import ModelTask

MAX_BACKFILL_TRADES = 60
CONNECTIONS = 2
TASKS = 2
TIMES = FeedTimes(heartbeat_s=1.0, hold_s=3.0, lifetime_s=25.0)
TOPIC = TRADES[SPOT]


class _Unhurried:
    """An event that is never set and whose waits take no time."""

    def wait(self, _timeout_s: float) -> bool:
        return False

    def is_set(self) -> bool:
        return False


class TradeTask(ModelTask):
    """Follows the trades of its partitions' symbols."""

    def __init__(
        self, number: int, partitions: Sequence[int], symbols: Sequence[str], *worker: Any
    ) -> None:
        super().__init__(f"trades-{number}", *worker)
        self._owned, self._symbols = tuple(partitions), tuple(symbols)

    def start(self) -> None:
        time_ms = min(self.rest.time_ms(self), self.rest.time_ms(self))  # as the real task does
        context = self.context()
        records = MarketRecords(SPOT, "trade", TOPIC, self._symbols, context)
        # As the real task does: a symbol that was followed before is still vouched for.
        known = [
            symbol
            for symbol in self._symbols
            if symbol not in self.rest.delisted or records.stored_offset(symbol) is not None
        ]
        sequences = {
            symbol: TradeSequence(
                SPOT,
                symbol,
                protocol.trade_stream(symbol),
                MAX_BACKFILL_TRADES,
                records.stored_offset(symbol),
            )
            for symbol in known
        }
        self._feed = TradeFeed(
            SPOT,
            sequences,
            self._owned,
            records,
            Refusals(SPOT, records, context.dead_letters, protocol.trade_stream),
            context.telemetry,
            TradeClock(time_ms, self.clock.monotonic_s()),
            CONNECTIONS if known else 0,
            TIMES,
        )
        for number in range(1, CONNECTIONS + 1 if known else 1):
            self.network.open(number, SPOT, [("trade", symbol) for symbol in known])

    def on_message(self, number: int, item: object) -> None:
        feed, now = self._feed, self.now()
        if isinstance(item, bytes):
            feed.on_event(number, protocol.decode(item), now.time_ms, now)
        elif isinstance(item, Connected):
            feed.on_connected(number, item.url, now)
        elif isinstance(item, Disconnected):
            feed.on_disconnected(number, item.reason, now)

    def follows(self, symbol: str) -> bool:
        """Return whether a symbol is one of its own."""
        return symbol in self._symbols

    def hears(self, symbol: str, last_id: int) -> bool:
        """Return whether a connection is up and the last trade of a symbol has been released."""
        if not self.is_up or not any(one.is_up for one in self.network.connections.values()):
            return False
        sequence = self._feed._sequences.get(symbol)
        offset = sequence.offset() if sequence and not sequence.holding else None
        return offset is not None and offset["trade_id"] == last_id

    def hear(self, published: Published) -> None:
        """Take a frame, whatever becomes of its others."""
        number = min(one.number for one in self.network.connections.values() if one.is_up)
        self.on_message(number, published.frame())

    def doubts(self, symbols: Collection[str]) -> bool:
        sequences = self._feed._sequences if self.is_up else {}
        chosen = [one for symbol, one in sequences.items() if symbol in symbols]
        return any(one.holding or one.offset() is None for one in chosen)

    def poll(self) -> list[SourceRecord]:
        self._feed.tick(self.now())
        batch = self._feed.take_batch()
        for request in batch.requests:
            self._fetch(request)
        for command in batch.commands:
            if isinstance(command, AskNewestIds):
                self._ask_time(command.symbols)
            else:
                self.network.cut(command.connection, loses=False)
        return batch.records

    def _fetch(self, request: BackfillRequest) -> None:
        fetcher = HistoryFetcher(
            self.rest,  # type: ignore[arg-type]
            MAX_BACKFILL_TRADES,
            _Unhurried(),  # type: ignore[arg-type]
        )
        feed = self._feed
        self.rest.request(
            self,
            Kind.HISTORY,
            partial(fetcher.fetch, request),
            lambda result: feed.on_backfill(result, self.now()),
        )

    def _ask_time(self, symbols: Sequence[str]) -> None:
        """Ask for the exchange's clock first, as the real client does, and then for the ids."""
        self.rest.request(self, Kind.TIME, self._time, partial(self._ask_ids, symbols))

    def _time(self) -> int | str:
        try:
            return self.rest.time_ms(self)
        except RestError as error:
            return str(error)

    def _ask_ids(self, symbols: Sequence[str], time_ms: int | str) -> None:
        feed = self._feed
        if isinstance(time_ms, str):
            feed.on_newest_ids(NewestIds(0, {}, failure=time_ms), self.now())
            return
        self.rest.request(
            self,
            Kind.NEWEST,
            lambda: find_newest_ids(symbols, partial(self.rest.ticker_rows, self)),
            lambda found: feed.on_newest_ids(replace(found, as_of_ms=time_ms), self.now()),
        )


def trade_tasks(symbols: Sequence[str], *worker: Any) -> Iterator[TradeTask]:
    """Give the tasks that share a market's partitions."""
    for number, (partitions, owned) in enumerate(shares(symbols, SPOT, TOPIC.partitions, TASKS)):
        yield TradeTask(number, partitions, owned, *worker)
