"""Reads capture files: lines to frames.

A capture file is gzip text; each line is ``<local receive time, ns> <JSON exactly as received>``
where the JSON is a combined-stream frame or a REST book snapshot. Pacing follows the exchange's
event time: a frame without one (``bookTicker``, snapshots) is due at its receive time plus the
difference between the two clocks last seen in its market. Event times of USD-M go back now and
then by some milliseconds; order and text stay as recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from simulator.capture_lines import Line
from simulator.decimals import digits_of, to_e8
from simulator.errors import CaptureError
from simulator.events import Frame, Trade
from simulator.venues import Market, address_of

MAX_PROBLEMS = 1000
"""Lines kept with their reason; more are only counted."""


class _Envelope(msgspec.Struct, frozen=True):
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    update_id: int | None = msgspec.field(default=None, name="lastUpdateId")


class _Event(msgspec.Struct, frozen=True):
    """The fields of any recorded event that the replay looks at."""

    symbol: str = msgspec.field(name="s")
    event: str = msgspec.field(default="", name="e")
    event_time_ms: int | None = msgspec.field(default=None, name="E")
    update_id: int | None = msgspec.field(default=None, name="u")
    previous_update_id: int | None = msgspec.field(default=None, name="pu")
    futures_kind: str | None = msgspec.field(default=None, name="X")
    trade_id: int = msgspec.field(default=-1, name="t")
    price: str = msgspec.field(default="", name="p")
    quantity: str = msgspec.field(default="", name="q")
    trade_time_ms: int = msgspec.field(default=0, name="T")
    buyer_is_maker: bool = msgspec.field(default=False, name="m")


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_event = msgspec.json.Decoder(_Event).decode


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a capture that was skipped.

    Attributes:
        line: counted from 1.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(slots=True)
class CaptureReader:
    """Turns lines into frames.

    Attributes:
        offsets_ms: each market's clock minus the recorder's.
        due_ms: of the last frame.
        update_ids: the last book update id of each symbol of each market.
        digits: most decimals of a traded price and quantity of each USD-M symbol.
        problems: the first `MAX_PROBLEMS` lines that were skipped, of `skipped` in all.
    """

    offsets_ms: dict[Market, int]
    due_ms: int = 0
    update_ids: dict[tuple[Market, str], int] = field(default_factory=dict)
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0

    def read(self, lines: Iterable[Line]) -> Iterator[Frame]:
        """Yield the frames of the lines; count and keep what does not parse."""
        for line in lines:
            try:
                yield self._frame(line)
            except (ValueError, msgspec.DecodeError) as error:
                self._skip(line, str(error))

    def _skip(self, line: Line, reason: str) -> None:
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line.file, line.number, reason))

    def _frame(self, line: Line) -> Frame:
        if line.receive_ms < 0:
            raise ValueError("expected a receive time in ns and a space, then JSON")
        envelope = _decode_envelope(line.text)
        if envelope.stream is None:
            return self._snapshot(line, envelope.update_id)
        payload = bytes(envelope.data)
        event = _decode_event(payload)
        _refuse_futures_in_spot(line, event)
        if event.update_id is not None:
            self.update_ids[line.market, event.symbol] = event.update_id
        if line.market is Market.USDM:
            self._count_digits(event)
        due_ms = self._due(line, event.event_time_ms)
        stream = address_of(line.market, envelope.stream)
        return Frame(due_ms, stream, payload, event.symbol, _trade(event), line.market)

    def _snapshot(self, line: Line, update_id: int | None) -> Frame:
        if update_id is None:
            raise ValueError("expected a key stream or lastUpdateId, found neither")
        symbols = [symbol for market, symbol in self.update_ids if market is line.market]
        if not symbols:
            raise ValueError("a book snapshot before any frame of its symbol")
        symbol = min(symbols, key=lambda name: abs(self.update_ids[line.market, name] - update_id))
        return Frame(self._due(line, None), "", line.text, symbol, market=line.market)

    def _due(self, line: Line, event_time_ms: int | None) -> int:
        if event_time_ms is not None:
            self.offsets_ms[line.market] = event_time_ms - line.receive_ms
        due_ms = line.receive_ms + self.offsets_ms.get(line.market, 0)
        self.due_ms = max(self.due_ms, due_ms)
        return self.due_ms

    def _count_digits(self, event: _Event) -> None:
        if event.event in ("trade", "aggTrade"):
            price, quantity = self.digits.get(event.symbol, (0, 0))
            price = max(price, digits_of(event.price))
            self.digits[event.symbol] = (price, max(quantity, digits_of(event.quantity)))


def _is_futures(event: _Event) -> bool:
    return event.previous_update_id is not None or event.futures_kind is not None


def _refuse_futures_in_spot(line: Line, event: _Event) -> None:
    if line.market is Market.SPOT and _is_futures(event):
        raise CaptureError(
            f"capture {line.file}: expected spot, found USD-M futures (a frame with pu or X)"
        )


def _trade(event: _Event) -> Trade | None:
    """Return the match of a `trade` event; insurance fund and liquidation fills are none."""
    if event.event != "trade" or event.futures_kind not in (None, "MARKET"):
        return None
    if event.trade_id < 0 or event.trade_time_ms <= 0:
        raise ValueError(f"trade: expected t and T, found {event.trade_id}, {event.trade_time_ms}")
    return Trade(
        event.symbol,
        event.trade_id,
        to_e8(event.price),
        to_e8(event.quantity),
        event.trade_time_ms,
        event.buyer_is_maker,
    )


def first_offset_ms(lines: Iterable[Line]) -> int:
    """Return the exchange's clock minus the recorder's at the first frame that tells it, else 0."""
    for line in lines:
        event = _event_of(line)
        if event is not None and event.event_time_ms is not None and line.receive_ms >= 0:
            return event.event_time_ms - line.receive_ms
    return 0


def holds_futures(lines: Iterable[Line]) -> bool:
    """Return True when one of the lines can only come from USD-M."""
    events = (_event_of(line) for line in lines)
    return any(event is not None and _is_futures(event) for event in events)


def _event_of(line: Line) -> _Event | None:
    try:
        return _decode_event(bytes(_decode_envelope(line.text).data))
    except msgspec.DecodeError:
        return None
