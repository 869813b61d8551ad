"""The task of spot trades: the real `TradeFeed` and its sequences between model network and Kafka."""

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.binance import protocol
from connectors.binance.backfill import HistoryFetcher
from connectors.binance.messages import Alive, Connected, Disconnected
from connectors.binance.refusals import Refusals
from connectors.binance.rest import HistoricalTrade
from connectors.binance.rest_client import RestError, checked
from connectors.binance.trade_feed import TradeFeed, Wish
from connectors.runtime.contract import SourceRecord
from connectors.runtime.market_records import MarketRecords
from market.backfills import BackfillRequest, BackfillResult
from market.topics import TRADES
from market.trade_sequence import TradeSequence
from tests.property.composition.exchange import SPOT
from tests.property.composition.rest_model import Kind, RestModel
from tests.property.composition.tasks import ModelTask

MAX_BACKFILL_TRADES = 400
TRADES_TOPIC = TRADES.name


class _Unhurried:
    """An event that is never set and whose waits take no time."""

    def wait(self, _timeout_s: float) -> bool:
        return False

    def is_set(self) -> bool:
        return False


class HistoryOfModel:
    """The part of `SpotRest` that the real fetcher uses; rows are checked by the real code."""

    def __init__(self, rest: RestModel) -> None:
        self._rest = rest

    def historical_trades(self, symbol: str, from_id: int, limit: int) -> list[HistoricalTrade]:
        rows = self._rest.history_rows(symbol, from_id, limit)
        return checked("historicalTrades", rows, list[HistoricalTrade])


class TradeTask(ModelTask):
    """Follows the trades of some symbols."""

    def __init__(self, symbols: tuple[str, ...], *worker: Any) -> None:
        super().__init__("binance-spot-trades", *worker)
        self.symbols = symbols

    def start(self) -> None:
        context = self.context()
        records = MarketRecords(SPOT, "trade", self.symbols, context)
        sequences = {
            symbol: TradeSequence(
                SPOT,
                symbol,
                protocol.trade_stream(symbol),
                MAX_BACKFILL_TRADES,
                records.stored_offset(symbol),
            )
            for symbol in self.symbols
        }
        refusals = Refusals(SPOT, records, context.dead_letters)
        self._feed = TradeFeed(SPOT, sequences, records, refusals, context.telemetry, 1.0, 20.0)
        self.network.open(1, SPOT, self._streams())

    def _streams(self) -> Iterable[tuple[str, str]]:
        return [("trade", symbol) for symbol in self.symbols]

    def on_message(self, number: int, item: object) -> None:
        feed, now = self._feed, self.now()
        if isinstance(item, bytes):
            feed.on_event(protocol.decode(item), now.time_ms, now)
        elif isinstance(item, Connected):
            feed.on_connected(item.url, now)
        elif isinstance(item, Disconnected):
            feed.on_disconnected(item.reason, now)
        elif isinstance(item, Alive):
            feed.on_alive(now)

    def poll(self) -> list[SourceRecord]:
        self._feed.tick(self.now())
        batch = self._feed.take_batch()
        for request in batch.requests:
            self._fetch(request)
        for wish in batch.wishes:
            if wish is Wish.ASK_TIME:
                self._ask_time()
            elif wish is Wish.PING:
                self.network.ping(1)
            else:
                self.network.cut(1, loses=False)
        return batch.records

    def _fetch(self, request: BackfillRequest) -> None:
        fetcher = HistoryFetcher(
            SPOT,
            HistoryOfModel(self.rest),  # type: ignore[arg-type]
            self.clock,
            MAX_BACKFILL_TRADES,
            _Unhurried(),  # type: ignore[arg-type]
        )
        self.rest.request(self, Kind.HISTORY, lambda: fetcher.fetch(request), self._on_backfill)

    def _on_backfill(self, result: BackfillResult) -> None:
        self._feed.on_backfill(result, self.now())

    def _ask_time(self) -> None:
        self.rest.request(
            self, Kind.TIME, self._time, lambda time_ms: self._feed.on_time(time_ms, self.now())
        )

    def _time(self) -> int | None:
        try:
            return self.rest.time_ms()
        except RestError:
            return None


def trade_tasks(symbols: tuple[str, ...], *worker: Any) -> Iterator[TradeTask]:
    """Give the tasks that share the symbols."""
    yield TradeTask(symbols, *worker)
