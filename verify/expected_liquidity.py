"""What every store must hold of recorded books: plain Python over the rebuilt states.

Theory. A state holds from its diff until the next. Only spans in which the pipeline claims to have
known the book count; in them every number must be that of the recording. Quotients that are
averaged are rounded half to even to twelve decimals first, so their sums are exact.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from verify.book_claims import Claims
from verify.book_truth import BANDS_BPS, SIDES, BookState
from verify.captures import RecordedTrade
from verify.expected import Key, OrUnknown, Row

_E8, _E12, _E16 = 10**8, 10**12, 10**16
LEVELS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class _Held:
    state: BookState
    begin_ms: int
    end_ms: int

    @property
    def ms(self) -> int:
        return self.end_ms - self.begin_ms


class BookHistory:
    """One symbol's recorded states, cut down to what is claimed to be known.

    Args:
        states: in order.
        claims: of the same symbol.
    """

    def __init__(self, states: Sequence[BookState], claims: Claims) -> None:
        self.claims = claims
        self._states = states
        self._times = [state.time_ms for state in states]

    def at(self, time_ms: int) -> BookState | None:
        """Return the state that held at an instant, None when the book was not known."""
        if not any(begin <= time_ms < end for begin, end in self.claims.known):
            return None
        number = bisect_right(self._times, time_ms)
        return self._states[number - 1] if number else None

    def held(self, start_ms: int, end_ms: int) -> Iterator[_Held]:
        """Yield what held within a window, for a millisecond or more."""
        for begin, end in self.claims.known:
            low, high = max(begin, start_ms), min(end, end_ms)
            number = bisect_right(self._times, low) - 1
            while low < high and number < len(self._states):
                later = self._times[number + 1] if number + 1 < len(self._states) else high
                until = min(later, high)
                if until > low and number >= 0:
                    yield _Held(self._states[number], low, until)
                low, number = max(low, until), number + 1

    def changes(self, start_ms: int, end_ms: int) -> list[BookState]:
        """Return the states that began within a window while the book was known.

        A change that was reported at the very instant of a loss still counts.
        """
        found: list[BookState] = []
        for begin, end in self.claims.known:
            last_ms = end if end in self.claims.last_reported_ms else end - 1
            low = bisect_right(self._times, max(begin, start_ms) - 1)
            high = bisect_right(self._times, min(last_ms, end_ms - 1))
            found += self._states[low:high]
        return found

    def starts(self, length_ms: int) -> range:
        """Return the starts of all windows that the claims touch and that have ended."""
        first = self.claims.begin_ms // length_ms * length_ms
        return range(first, self.claims.end_ms // length_ms * length_ms, length_ms)


def _ratio(numerator: int, denominator: int) -> int:
    return round(Fraction(numerator * _E12, denominator))


def _measures(state: BookState) -> dict[str, int]:
    """Return what is averaged over time, as integers: prices by 10^8, quotients by 10^12."""
    values = state.scalars
    bid, ask = values["bid_price"], values["ask_price"]
    measures = {"spread": ask - bid, "spread_bps": _ratio(20_000 * (ask - bid), ask + bid)}
    for count in LEVELS:
        name = "size" if count == 1 else f"size_sum_{count}"
        bids, asks = values[f"bid_{name}"], values[f"ask_{name}"]
        measures[f"obi_{count}"] = _ratio(bids - asks, bids + asks)
    return measures


def _double(value: int, scale: int) -> float:
    return float(Decimal(value) / scale)


def _means(held: Sequence[_Held], last: BookState | None) -> Row:
    known_ms = sum(one.ms for one in held)
    measures = [(_measures(one.state), one.ms) for one in held]
    now = _measures(last) if last else None
    row: Row = {}
    for name in ("spread", "spread_bps", *(f"obi_{count}" for count in LEVELS)):
        scale = _E8 if name == "spread" else _E12
        total = sum(values[name] * ms for values, ms in measures)
        row[f"{name}_mean"] = _double(total, scale) / known_ms if held else None
        if name.startswith("obi"):
            row[f"{name}_last"] = _double(now[name], scale) if now else None
            continue
        ends = {
            "min": min((values[name] for values, _ in measures), default=None),
            "max": max((values[name] for values, _ in measures), default=None),
            "last": now[name] if now else None,
        }
        for end, value in ends.items():
            exact = name == "spread"
            row[f"{name}_{end}"] = (
                None if value is None else _decimal(value, 8) if exact else _double(value, scale)
            )
    return row


def _decimal(value: int, digits: int) -> Decimal:
    return Decimal(value).scaleb(-digits).quantize(Decimal(1).scaleb(-digits))


def _lasts(last: BookState | None) -> Row:
    names = [f"{side}_depth_quote_{bps}_bps" for side in SIDES for bps in BANDS_BPS]
    if last is None:
        return dict.fromkeys(["mid_last", "microprice_last", *names])
    values = last.scalars
    bid, ask = values["bid_price"], values["ask_price"]
    bids, asks = values["bid_size"], values["ask_size"]
    return {
        "mid_last": _double(bid + ask, _E8) / 2,
        "microprice_last": _double(ask * bids + bid * asks, _E16) / _double(bids + asks, _E8),
        # How far the snapshot reached is the exchange's choice: unknown there, but never wrong.
        **{name: OrUnknown(_decimal(values[name], 16)) for name in names},
    }


def expected_liquidity(
    market: str, books: Mapping[str, BookHistory], length_ms: int
) -> dict[Key, Row]:
    """Return every liquidity window by (market, symbol, window start in ms)."""
    return {
        (market, symbol, start): _window(book, start, start + length_ms)
        for symbol, book in books.items()
        for start in book.starts(length_ms)
    }


def _window(book: BookHistory, start_ms: int, end_ms: int) -> Row:
    held = list(book.held(start_ms, end_ms))
    last = book.at(end_ms - 1) if held and held[-1].end_ms == end_ms else None
    synced_ms = sum(one.ms for one in held)
    resyncs = sum(start_ms <= loss < end_ms for loss in book.claims.losses_ms)
    length_ms = end_ms - start_ms
    return {
        "window_end": end_ms,
        **_means(held, last),
        **_lasts(last),
        "update_count": len(book.changes(start_ms, end_ms)),
        "synced_ms": synced_ms,
        "resyncs": resyncs,
        "max_quote_age_ms": _age(held, book.claims),
        "completeness": synced_ms / length_ms,
        "revision": 0,
        "is_final": synced_ms == length_ms and not resyncs,
    }


def whole_liquidity(book: BookHistory, start_ms: int, length_ms: int) -> Row:
    """Return a window whose book is known throughout; only the age of its quotes may be null."""
    row = _window(book, start_ms, start_ms + length_ms)
    return row | {"max_quote_age_ms": OrUnknown(row["max_quote_age_ms"])}


def whole_effective_spread(
    book: BookHistory, trades: Sequence[RecordedTrade], start_ms: int, length_ms: int
) -> Row:
    """Return a window whose trades are all known, and the book at each of them."""
    return {"window_end": start_ms + length_ms, **_effective_spread(book, trades)}


def _age(held: Sequence[_Held], claims: Claims) -> int | None:
    """Return the longest age, None where only a snapshot reported the last change."""
    for begin_ms, end_ms in claims.undated:
        if any(one.begin_ms < end_ms and begin_ms < one.end_ms for one in held):
            return None
    return max((one.end_ms - one.state.time_ms for one in held), default=None)


def expected_effective_spreads(
    market: str,
    books: Mapping[str, BookHistory],
    trades: Mapping[str, Sequence[RecordedTrade]],
    length_ms: int,
) -> dict[Key, Row]:
    """Return every effective spread by (market, symbol, window start in ms)."""
    rows: dict[Key, Row] = {}
    for symbol, made in trades.items():
        windows: dict[int, list[RecordedTrade]] = {}
        for trade in made:
            windows.setdefault(trade.time_ms // length_ms * length_ms, []).append(trade)
        for start, within in windows.items():
            if symbol in books and start + length_ms <= books[symbol].claims.end_ms:
                row = _effective_spread(books[symbol], within)
                if start == min(windows):  # what came before the first trade is unknown
                    row["completeness"] = OrUnknown(row["completeness"])
                rows[market, symbol, start] = {"window_end": start + length_ms, **row}
    return rows


def _effective_spread(book: BookHistory, trades: Sequence[RecordedTrade]) -> Row:
    total = quoted = 0
    for trade in trades:
        state = book.at(trade.time_ms)
        if state is not None:
            double_mid = state.scalars["bid_price"] + state.scalars["ask_price"]
            price = int(trade.price * _E8)
            total += _ratio(20_000 * abs(2 * price - double_mid), double_mid)
            quoted += 1
    return {
        "effective_spread_bps_mean": _double(total, _E12) / quoted if quoted else None,
        "quoted_trade_count": quoted,
        "trade_count": len(trades),
        "completeness": quoted / len(trades),
        "revision": 0,
        "is_final": quoted == len(trades),
    }


def expected_changes(market: str, symbol: str, book: BookHistory) -> dict[Key, Row]:
    """Return every change of a book that must be reported, by (market, symbol, update id)."""
    return {
        (market, symbol, state.update_id): _change(state)
        for state in book.changes(0, book.claims.end_ms)
    }


def _change(state: BookState) -> Row:
    row: Row = {"event_time_ms": state.time_ms}
    for name, value in state.scalars.items():
        depth = "depth" in name
        exact: Any = _decimal(value, 16 if depth else 8)
        row[name] = OrUnknown(exact) if depth else exact
    return row
