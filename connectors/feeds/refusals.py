"""Dead letters: why a frame or trade is refused."""

from collections.abc import Callable
from dataclasses import asdict

import msgspec

from connectors.connect.contract import SourceRecord
from connectors.connect.dead_letters import DeadLetter, DeadLetters
from connectors.feeds.events import DepthReceived, Malformed, Refused, TickerReceived, TradeReceived
from connectors.feeds.market_records import MarketRecords
from market.errors import MalformedRecordError
from market.trades.backfills import RefusedTrade
from market.trades.sequence import Refused as RefusedLive


class Refusals:
    """Builds the dead letters of one market and counts what is accepted between them.

    Args:
        market: such as ``binance-spot``.
        records: builds the source records.
        letters: counts against the limits.
        stream_of: names the stream of a symbol: its trades, or the best bid and ask of its book.
    """

    def __init__(
        self,
        market: str,
        records: MarketRecords,
        letters: DeadLetters,
        stream_of: Callable[[str], str],
    ) -> None:
        self.stream_of = stream_of
        self._market = market
        self._records = records
        self._letters = letters

    def accepted(self) -> None:
        """Note an accepted record."""
        self._letters.accepted()

    def malformed_frame(self, event: Malformed) -> SourceRecord:
        """Refuse a frame that breaks the protocol."""
        return self._refuse(event.symbol, event.stream, event.reason, event.detail, event.payload)

    def malformed_trade(self, event: TradeReceived, error: MalformedRecordError) -> SourceRecord:
        """Refuse a trade whose values no column can hold."""
        return self._refuse_trade(event, error.reason, error.detail)

    def unknown_symbol(self, event: TradeReceived) -> SourceRecord:
        """Refuse a trade of a symbol that was not subscribed."""
        detail = f"expected a symbol that was subscribed, found {event.symbol!r}"
        return self._refuse_trade(event, "unknown_symbol", detail)

    def malformed_diff(
        self, event: DepthReceived, stream: str, error: MalformedRecordError
    ) -> SourceRecord:
        """Refuse a diff whose values no book can hold."""
        payload = msgspec.json.encode(event).decode()
        return self._refuse(event.symbol, stream, error.reason, error.detail, payload)

    def malformed_ticker(self, event: TickerReceived, error: MalformedRecordError) -> SourceRecord:
        """Refuse a best bid and ask whose values no book can have."""
        payload = msgspec.json.encode(event).decode()
        stream = self.stream_of(event.symbol)
        return self._refuse(event.symbol, stream, error.reason, error.detail, payload)

    def foreign_diff(self, event: DepthReceived) -> SourceRecord:
        """Refuse a diff of a symbol that was not subscribed."""
        detail = f"expected a symbol that was subscribed, found {event.symbol!r}"
        payload = msgspec.json.encode(event).decode()
        return self._refuse(event.symbol, "", "unknown_symbol", detail, payload)

    def refused_trade(self, refused: RefusedLive) -> SourceRecord:
        """Refuse a trade that its sequence rejects; nothing is lost, however many there are."""
        trade = refused.trade
        payload = msgspec.json.encode(trade.value()).decode()
        stream = self.stream_of(trade.symbol)
        letter = DeadLetter(
            self._market, trade.symbol, stream, refused.reason, refused.detail, payload
        )
        return self._records.repeated(letter)

    def refused_history(self, symbol: str, row: RefusedTrade) -> SourceRecord:
        """Refuse a row of the exchange's history; asking again brings the same row."""
        letter = DeadLetter(
            self._market, symbol, self.stream_of(symbol), row.reason, row.detail, row.payload
        )
        return self._records.repeated(letter)

    def refused_request(self, event: Refused) -> SourceRecord:
        """Record that the exchange refused one of our requests."""
        detail = f"the exchange answered code {event.code}: {event.message}"
        return self._refuse("", "", "request_refused", detail, str(event.request_id))

    def _refuse_trade(self, event: TradeReceived, reason: str, detail: str) -> SourceRecord:
        payload = msgspec.json.encode(asdict(event)).decode()
        return self._refuse(event.symbol, self.stream_of(event.symbol), reason, detail, payload)

    def _refuse(
        self, symbol: str, stream: str, reason: str, detail: str, payload: str
    ) -> SourceRecord:
        return self._records.refused(
            DeadLetter(self._market, symbol, stream, reason, detail, payload)
        )
