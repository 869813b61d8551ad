"""Completeness of one symbol's trades: every id released in order, exactly once, or counted.

What lives here is pure: no clock, no I/O. Sockets and REST calls belong to the connector, which
feeds this and does what its outputs ask for.

Theory of operation
-------------------
The exchange numbers a symbol's trades consecutively, so `last + 1` is the only id that may
follow. What an arriving id means:

* **following** (`last + 1`): released at once with `missing_before = 0`. The first trade of a
  symbol without a stored position is released with None: what came before it is unknown.
* **beyond**: a gap. This trade and all later ones are held, GAP_FOUND is told and a backfill of
  the hole asked for. The hole closes when the backfill or a late live frame fills it
  (GAP_REPAIRED). It is left (GAP_LEFT) when it is longer than the allowance, when the backfill did
  not bring all of it, or when more than `MAX_HELD_TRADES` wait. A hole that is left shows as
  `missing_before = n` of the trade after it, preceded by markers in the seconds that it touches
  (`market.gap_markers`). Then a further hole among the trades held opens in turn.
* **repeated** (released or held before): expected up to the last id known at a reconnect and up to
  the last id asked from REST, and only counted; elsewhere it is a `Duplicate`.

After a reconnect or a restart the symbol is **recovering**: nobody knows whether `last + 1` has
been. It is proven again by the release of a live trade that arrived since, or by a look-up of
everything after `last` that ended at the exchange's newest trade. `needs_check` asks for that
look-up, so that a quiet symbol is proven as well.

An answer counts only while its request is outstanding; a hole that closed in the meantime, or a
connection made after a look-up was asked for, makes it stale.

While holding or recovering the symbol proves no time beyond its last released trade, because
earlier trades than the connection's time are still to come (`proven_time_ms`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from market.backfills import BackfillRequest, BackfillResult
from market.errors import MalformedRecordError
from market.feed_events import FeedEvent
from market.gap_markers import gap_markers
from market.records import GapMarker, Trade
from market.trade_gap import TradeGap

MAX_HELD_TRADES = 50_000
"""Trades held behind one hole: about 30 MB, and seconds of the busiest symbol."""

_NOT_GIVEN = "the exchange did not give them"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A live trade whose id was seen before, for no known reason."""

    trade: Trade
    last_id: int


Output = Trade | GapMarker | FeedEvent | BackfillRequest | Duplicate


class TradeSequence:
    """Puts one symbol's trades in id order and accounts for each id.

    Args:
        market: such as ``binance-spot``.
        symbol: upper case.
        stream: the exchange's name of the symbol's trade stream, for the events.
        max_backfill_trades: longest hole that is worth a backfill, in trades.
        position: of an earlier run, as `position()` gave it; None for a new symbol.

    Raises:
        MalformedRecordError: reason ``bad_position``.
    """

    def __init__(
        self,
        market: str,
        symbol: str,
        stream: str,
        max_backfill_trades: int,
        position: Mapping[str, object] | None = None,
    ) -> None:
        self.market = market
        self.symbol = symbol
        self.stream = stream
        self.expected_repeats = 0
        self._max_backfill_trades = max_backfill_trades
        self._last_id, self._last_time_ms = _read_position(symbol, position)
        self._repeats_to_id = self._last_id
        self._recovering = self._last_id >= 0
        self._held: dict[int, Trade] = {}
        self._gap: TradeGap | None = None
        self._request: BackfillRequest | None = None
        self._give_up = ""

    @property
    def recovering(self) -> bool:
        """True while it is unknown whether trades after the last one were missed."""
        return self._recovering

    @property
    def holding(self) -> bool:
        """True while trades wait behind a hole."""
        return bool(self._held)

    def position(self) -> dict[str, int] | None:
        """Return where to resume: id and event time of the last released trade."""
        if self._last_id < 0:
            return None
        return {"trade_id": self._last_id, "event_time_ms": self._last_time_ms}

    def proven_time_ms(self, connection_time_ms: int) -> int:
        """Return the event time before which no trade of this symbol is still to come.

        Args:
            connection_time_ms: the exchange's time that the connection has proven.
        """
        if self._recovering or self._held:
            return min(self._last_time_ms, connection_time_ms)
        return connection_time_ms

    def on_connected(self) -> None:
        """Note a new connection: trades may have been missed, and some may come again."""
        self._recovering = self._last_id >= 0
        self._repeats_to_id = max(self._repeats_to_id, self._last_id, *self._held)
        if self._request is not None and self._request.to_id is None:
            self._request = None

    def needs_check(self) -> BackfillRequest | None:
        """Return the look-up to make while nothing else is under way that proves this symbol."""
        if not self._recovering or self._held or self._request is not None:
            return None
        self._request = BackfillRequest(self.symbol, self._last_id + 1, None)
        return self._request

    def on_trade(self, trade: Trade) -> list[Output]:
        """Take a live trade; its own `missing_before` is replaced."""
        trade_id = trade.trade_id
        if trade_id == self._last_id + 1 and not self._held and self._last_id >= 0:
            return [self._release(trade, 0)]
        if self._last_id < 0:
            return [self._release(trade, None)]
        if trade_id <= self._last_id or trade_id in self._held:
            return self._repeated(trade)
        self._held[trade_id] = trade
        return self._advance(trade.receive_time_ms)

    def on_backfill(self, result: BackfillResult, receive_time_ms: int) -> list[Output]:
        """Take the answer to a request; a stale one changes nothing.

        Args:
            result: what was fetched.
            receive_time_ms: our clock, for the events.
        """
        if result.request != self._request:
            return []
        self._request = None
        if result.request.to_id is None:
            return self._looked_up(result, receive_time_ms)
        self._hold(result.trades, result.request.to_id)
        self._give_up = result.failure or _NOT_GIVEN
        return self._advance(receive_time_ms)

    def _looked_up(self, result: BackfillResult, receive_time_ms: int) -> list[Output]:
        """Release what was missed; only an answer without a failure proves the symbol."""
        newest = max(result.trades, key=lambda trade: trade.trade_id, default=None)
        outputs: list[Output] = []
        if newest is not None and newest.trade_id > self._last_id:
            self._hold(result.trades, newest.trade_id)
            outputs.append(self._open_gap(newest.trade_id, newest, receive_time_ms))
            self._give_up = _NOT_GIVEN
            outputs += self._advance(receive_time_ms)
        self._recovering = self._recovering and bool(result.failure)
        return outputs

    def _hold(self, trades: Iterable[Trade], to_id: int) -> None:
        """Keep backfilled trades beside the live ones; a live one is never replaced."""
        self._repeats_to_id = max(self._repeats_to_id, to_id)
        for trade in trades:
            if self._last_id < trade.trade_id <= to_id:
                self._held.setdefault(trade.trade_id, trade)

    def _repeated(self, trade: Trade) -> list[Output]:
        expected = trade.trade_id <= self._repeats_to_id
        if expected and trade.trade_id <= self._last_id:
            expected = trade.event_time_ms <= self._last_time_ms  # else ids began anew
        if not expected:
            return [Duplicate(trade, self._last_id)]
        self.expected_repeats += 1
        return []

    def _release(self, trade: Trade, missing_before: int | None) -> Trade:
        self._last_id = trade.trade_id
        self._last_time_ms = trade.event_time_ms
        if self._recovering and trade.source == "live" and trade.trade_id > self._repeats_to_id:
            self._recovering = False
        if trade.missing_before == missing_before:
            return trade
        return replace(trade, missing_before=missing_before)

    def _drain(self) -> list[Output]:
        """Release the held trades that follow."""
        outputs: list[Output] = []
        while (trade := self._held.pop(self._last_id + 1, None)) is not None:
            outputs.append(self._release(trade, 0))
        return outputs

    def _advance(self, receive_time_ms: int) -> list[Output]:
        """Release all that can be, closing and opening gaps on the way."""
        outputs = self._drain()
        while True:
            if self._gap is not None and self._last_id >= self._gap.to_id:
                outputs.append(self._gap.repaired(receive_time_ms))
                self._close_gap()
            if not self._held:
                return outputs
            if self._gap is None:
                after = self._held[min(self._held)]
                outputs.append(self._open_gap(after.trade_id - 1, after, receive_time_ms))
                outputs += self._ask()
            if len(self._held) > MAX_HELD_TRADES:
                self._give_up = f"more than {MAX_HELD_TRADES} trades were waiting behind it"
            if not self._give_up:
                return outputs
            outputs += self._leave(receive_time_ms)

    def _open_gap(self, to_id: int, after: Trade, receive_time_ms: int) -> FeedEvent:
        self._gap = self._hole_before(to_id + 1, after.event_time_ms)
        return self._gap.found(after.trade_id, receive_time_ms)

    def _hole_before(self, next_id: int, next_time_ms: int) -> TradeGap:
        """Return the hole between the last released trade and another one; its size may be 0."""
        return TradeGap(
            self.market,
            self.symbol,
            self.stream,
            from_id=self._last_id + 1,
            to_id=next_id - 1,
            from_time_ms=self._last_time_ms,
            to_time_ms=next_time_ms,
        )

    def _ask(self) -> list[Output]:
        """Ask for the open gap, or decide to leave it at once."""
        gap = self._gap
        self._request = None
        if gap is None:
            return []
        if gap.size > self._max_backfill_trades:
            self._give_up = f"longer than the allowed backfill of {self._max_backfill_trades}"
            return []
        self._request = BackfillRequest(self.symbol, gap.from_id, gap.to_id)
        return [self._request]

    def _close_gap(self) -> None:
        self._gap, self._request, self._give_up = None, None, ""

    def _leave(self, receive_time_ms: int) -> list[Output]:
        """Release what is known of the open gap and the trade after it, counting each hole."""
        gap, reason = self._gap, self._give_up
        self._close_gap()
        end_id = gap.to_id + 1 if gap is not None else -1
        outputs: list[Output] = []
        for trade_id in sorted(trade_id for trade_id in self._held if trade_id <= end_id):
            outputs += self._release_after_hole(self._held.pop(trade_id), reason, receive_time_ms)
        return outputs + self._drain()

    def _release_after_hole(self, after: Trade, reason: str, receive_time_ms: int) -> list[Output]:
        hole = self._hole_before(after.trade_id, after.event_time_ms)
        outputs: list[Output] = []
        if hole.size:
            outputs.append(hole.left(reason, receive_time_ms))
            outputs += gap_markers(hole.from_time_ms, after, hole.size)
        outputs.append(self._release(after, hole.size))
        return outputs


def _read_position(symbol: str, position: Mapping[str, object] | None) -> tuple[int, int]:
    """Return id and event time of the last trade, (-1, 0) without one."""
    if position is None:
        return -1, 0
    trade_id, event_time_ms = position.get("trade_id"), position.get("event_time_ms")
    if not isinstance(trade_id, int) or not isinstance(event_time_ms, int):
        raise MalformedRecordError(
            "bad_position",
            f"{symbol}: expected trade_id and event_time_ms as integers, found {dict(position)!r}; "
            "reset the connector's offsets of this symbol",
        )
    return trade_id, event_time_ms
