"""Reads capture files: turns lines into frames, for replays, proofs and the demo alike.

A capture file is gzip text; each line is ``<local receive time, ns> <JSON exactly as received>``
where the JSON is a combined-stream frame or a REST book snapshot. A recorded snapshot belongs to
the symbol with the nearest update ids; one in a journal names its ``symbol``. Pacing follows the
exchange's event time: a frame without one (``bookTicker``, snapshots) is due at its receive time
plus the difference between the two clocks last seen in its market. Event times of USD-M sometimes
go back by some milliseconds; order and text stay as recorded, except that times in microseconds
become milliseconds.

A line that cannot be read is skipped and counted with its reason. Lines of COIN-M futures are
skipped too, and their symbols named.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from simulator.binance.streams import in_milliseconds
from simulator.binance.venues import Market, address_of
from simulator.captures.lines import Line
from simulator.engine.decimals import digits_of, to_e8
from simulator.engine.events import Frame, Trade
from simulator.engine.symbols import is_symbol
from simulator.errors import CaptureError

_MICROSECONDS_FROM = 10**15
_COIN_MARGINED = 2
"""Value of `st`, since USD-M and COIN-M share their streams."""
_COIN_MARGINED_SYMBOL = re.compile(r"[^\W_a-z]+USD_(PERP|[0-9]{6})")
_SHOWN_BYTES = 60
"""Of a line that cannot be read, in its reason."""
MAX_PROBLEMS = 1000
"""Skipped lines kept with their reason; more are only counted."""


class _Envelope(msgspec.Struct, frozen=True):
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    update_id: int | None = msgspec.field(default=None, name="lastUpdateId")
    symbol: str = ""


class _Event(msgspec.Struct, frozen=True):
    """The fields of any recorded event that the replay uses."""

    symbol: str = msgspec.field(default="", name="s")
    event: str = msgspec.field(default="", name="e")
    event_time_ms: int | None = msgspec.field(default=None, name="E")
    update_id: int | None = msgspec.field(default=None, name="u")
    previous_update_id: int | None = msgspec.field(default=None, name="pu")
    futures_kind: str | None = msgspec.field(default=None, name="X")
    trade_id: int = msgspec.field(default=-1, name="t")
    price: str = msgspec.field(default="", name="p")
    quantity: str = msgspec.field(default="", name="q")
    sub_type: int | None = msgspec.field(default=None, name="st")
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
        update_ids: the last book update id by market and symbol.
        digits: most decimals of a traded price and quantity, by USD-M symbol.
        problems: the first `MAX_PROBLEMS` skipped lines, of `skipped` in all.
        unsupported: symbols of COIN-M futures, whose lines are skipped.
        files_without_frames: the first problem of each file without a readable line so far; that
            a file ends early does not count.
    """

    offsets_ms: dict[Market, int]
    due_ms: int = 0
    update_ids: dict[tuple[Market, str], int] = field(default_factory=dict)
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0
    unsupported: set[str] = field(default_factory=set)
    files_without_frames: dict[str, Problem] = field(default_factory=dict)
    _files_read: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)

    def read(self, lines: Iterable[Line]) -> Iterator[Frame]:
        """Yield the frames of lines; count and keep what cannot be read."""
        for line in lines:
            try:
                frame = self._frame(line)
            except (ValueError, msgspec.DecodeError) as error:
                self._skip(line, str(error))
                continue
            if line.file not in self._files_read:
                self._note_read(line.file)
            yield frame

    def _note_read(self, file: str) -> None:
        self._files_read.add(file)
        self.files_without_frames.pop(file, None)

    def _skip(self, line: Line, reason: str) -> None:
        self.skipped += 1
        problem = Problem(line.file, line.number, reason)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        if line.file not in self._files_read and not line.problem:
            self.files_without_frames.setdefault(line.file, problem)

    def _frame(self, line: Line) -> Frame:
        if line.problem:
            raise ValueError(line.problem)
        if line.receive_ms < 0:
            raise ValueError(
                "expected a receive time in ns, a space and JSON; found no time, and after the "
                f"first space {_beginning(line.text)}"
            )
        _check_text(line.text)
        envelope = _decode_envelope(line.text)
        if envelope.stream is None:
            return self._snapshot(line, envelope)
        payload, event = _read_event(bytes(envelope.data))
        symbol = self._symbol_of(line, envelope.stream, event)
        _refuse_futures_in_spot(line, event)
        trade = _trade(event)
        if event.update_id is not None:
            self.update_ids[line.market, symbol] = event.update_id
        if line.market is Market.USDM:
            self._count_digits(event)
        due_ms = self._due(line, event.event_time_ms)
        stream = address_of(line.market, envelope.stream)
        return Frame(due_ms, stream, payload, symbol, trade, line.market)

    def _symbol_of(self, line: Line, stream: str, event: _Event) -> str:
        """Return a frame's symbol; spot's partial depth has it only in the stream's name."""
        symbol = event.symbol
        if not symbol and not event.event:
            symbol = stream.partition("@")[0].upper()
        if symbol in self._known:
            return symbol
        if _is_coin_margined(symbol, event):
            self._note_read(line.file)
            self.unsupported.add(symbol)
            raise ValueError(f"symbol {symbol}: COIN-M futures are not supported")
        if not is_symbol(symbol):
            raise ValueError(f"expected a symbol in s, found {symbol!r}")
        self._known.add(symbol)
        return symbol

    def _snapshot(self, line: Line, envelope: _Envelope) -> Frame:
        if envelope.update_id is None:
            raise ValueError(
                f"expected a key stream or lastUpdateId, found {_beginning(line.text)}"
            )
        symbol = envelope.symbol or self._symbol_near(line.market, envelope.update_id)
        return Frame(self._due(line, None), "", line.text, symbol, market=line.market)

    def _symbol_near(self, market: Market, update_id: int) -> str:
        symbols = [symbol for of_market, symbol in self.update_ids if of_market is market]
        if not symbols:
            raise ValueError(
                f"expected a frame of a {market.value} book before its snapshot, found none before "
                f"lastUpdateId {update_id}"
            )
        return min(symbols, key=lambda name: abs(self.update_ids[market, name] - update_id))

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


def _beginning(text: bytes) -> str:
    return repr(text[:_SHOWN_BYTES].decode(errors="replace")) if text else "nothing"


def _check_text(text: bytes) -> None:
    """Refuse bytes that are not UTF-8, even where the decoder would skip them."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        found = text[error.start]
        raise ValueError(f"expected UTF-8, found byte 0x{found:02x} at {error.start}") from None


def _read_event(payload: bytes) -> tuple[bytes, _Event]:
    """Return an event in milliseconds, even if it was recorded in microseconds."""
    event = _decode_event(payload)
    if max(event.event_time_ms or 0, event.trade_time_ms) < _MICROSECONDS_FROM:
        return payload, event
    payload = in_milliseconds(payload)
    event = _decode_event(payload)
    latest = max(event.event_time_ms or 0, event.trade_time_ms)
    if latest >= _MICROSECONDS_FROM:
        raise ValueError(f"expected times of 13 or 16 digits, found {latest}")
    return payload, event


def _is_coin_margined(symbol: str, event: _Event) -> bool:
    return event.sub_type == _COIN_MARGINED or bool(_COIN_MARGINED_SYMBOL.fullmatch(symbol))


def _is_futures(event: _Event) -> bool:
    kinds = (event.previous_update_id, event.futures_kind, event.sub_type)
    return any(kind is not None for kind in kinds)


def _refuse_futures_in_spot(line: Line, event: _Event) -> None:
    if line.market is Market.SPOT and _is_futures(event):
        raise CaptureError(
            f"capture {line.file}: expected spot, found USD-M futures (a frame with pu or X)"
        )


def _trade(event: _Event) -> Trade | None:
    """Return the match of a `trade` event, None for fills of insurance fund and liquidations."""
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
    """Return the exchange's clock minus the recorder's at the first frame with a time, else 0."""
    for line in lines:
        event = _event_of(line)
        if event is not None and event.event_time_ms is not None and line.receive_ms >= 0:
            return event.event_time_ms - line.receive_ms
    return 0


def holds_futures(lines: Iterable[Line]) -> bool:
    """Return whether one of the lines can only come from USD-M."""
    events = (_event_of(line) for line in lines)
    return any(event is not None and _is_futures(event) for event in events)


def holds_coin_margined(lines: Iterable[Line]) -> bool:
    """Return whether all lines with a symbol have one of COIN-M futures."""
    events = (_event_of(line) for line in lines)
    named = [_is_coin_margined(event.symbol, event) for event in events if event and event.symbol]
    return bool(named) and all(named)


def _event_of(line: Line) -> _Event | None:
    try:
        return _decode_event(bytes(_decode_envelope(line.text).data))
    except msgspec.DecodeError:
        return None
