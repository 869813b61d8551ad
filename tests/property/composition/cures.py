"""Cures that can be taken out: each is one line of production code, and what the line is for.

A machine that finds nothing proves nothing. So each cure is taken out in turn, and the machine must
find a history that breaks the law, from the few rules that can do so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest import MonkeyPatch  # noqa: PT013

from connectors.feeds import exchange_clock, trade_clock, vouching
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.publish_lag import PublishLag
from connectors.feeds.trade_feed import TradeFeed
from market.trades import sequence as trade_sequence
from market.trades.reported_ids import ReportedIds, TradesBehind
from market.trades.sequence import TradeSequence
from tests.property.composition.exchange import SPOT, USDM
from tests.property.composition.flink_model import by_every_record
from tests.property.composition.machine import ComposedFaults

TRADES_ONLY, SPOT_BOOKS, USDM_BOOKS = (True, ()), (False, (SPOT,)), (False, (USDM,))
ALWAYS = ("time_passes", "rhythm_changes")


@dataclass(frozen=True, slots=True)
class Cure:
    """One cure.

    Attributes:
        sentence: what holds with it.
        take_out: takes it out of the modules, or out of the machine's jobs.
        rules: what has to happen so that its absence shows.
        part: what is followed.
    """

    sentence: str
    take_out: Callable[[MonkeyPatch, type[ComposedFaults]], None]
    rules: tuple[str, ...]
    part: tuple[bool, tuple[str, ...]] = TRADES_ONLY

    def machine(self) -> type[ComposedFaults]:
        """Return a machine with the rules that this cure needs only."""
        kept = {*ALWAYS, *self.rules}
        others = {name: None for name in RULES if name not in kept}
        machine = type("FaultsOfOneKind", (ComposedFaults,), others)
        machine.parts = (self.part,)
        return machine


RULES = tuple(
    name
    for name, value in vars(ComposedFaults).items()
    if hasattr(value, "hypothesis_stateful_rule")
)


def _every_record(_: MonkeyPatch, machine: type[ComposedFaults]) -> None:
    machine.watermark = staticmethod(by_every_record)  # type: ignore[assignment]


def _no_lag(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(PublishLag, "lag_ms", 0)


def _no_late_marks(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(MarketRecords, "stamped", lambda _self, _symbol, value, _time_ms: value)


def _time_alone_proves(patch: MonkeyPatch, _: object) -> None:
    settle = TradeSequence._settle_newest

    def mutated(self: TradeSequence, newest_id: int, *others: int) -> Any:
        return settle(self, min(newest_id, self._last_id), *others)

    patch.setattr(TradeSequence, "_settle_newest", mutated)


def _no_bounded_hold(patch: MonkeyPatch, _: object) -> None:
    advance = vouching.Voucher.advance

    def mutated(self: vouching.Voucher, proven_ms: int, _overdue_ms: int, settled_ms: int) -> Any:
        return advance(self, proven_ms, 0, settled_ms)

    patch.setattr(vouching.Voucher, "advance", mutated)


def _frames_prove(patch: MonkeyPatch, _: object) -> None:
    on_event = TradeFeed.on_event

    def mutated(self: TradeFeed, *arguments: Any) -> None:
        on_event(self, *arguments)
        for sequence in self._sequences.values():
            sequence.proven_ms = max(sequence.proven_ms, self._clock.settled_ms)

    patch.setattr(TradeFeed, "on_event", mutated)


def _no_new_beginning(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(trade_sequence, "CONFIRMATIONS", 1 << 60)


def _every_id_is_believed(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(trade_sequence, "PLAUSIBLE_GAP", 1 << 62)
    # Else the symbol begins anew behind that id: the two cures stand in for each other.
    _no_new_beginning(patch, _)


def _falling_answers_prove(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(ReportedIds, "answer", lambda *_: True)


def _answers_alone_begin_anew(patch: MonkeyPatch, _: object) -> None:
    def mutated(self: TradeSequence, newest_id: int) -> bool:
        self._last_id, self._reported = newest_id, ReportedIds(newest_id)
        return False

    patch.setattr(TradeSequence, "_has_restarted", mutated)
    # Else what is fetched again is refused for its times: the two cures stand in for each other.
    _all_times_fit(patch, _)


def _all_times_fit(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(trade_sequence, "misplaced", lambda *_: [])
    patch.setattr(TradeSequence, "_falls", lambda *_: False)


def _every_clock_is_believed(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(trade_clock, "JUMP_MS", 1 << 62)


def _every_clock_of_books_is_believed(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(exchange_clock, "JUMP_MS", 1 << 62)


def _every_answer_is_of_now(patch: MonkeyPatch, _: object) -> None:
    patch.setattr(TradesBehind, "has_later_than", lambda *_: False)


CURES = {
    "answers before a restart": Cure(
        "an answer from before the trades that may have restarted refuses none and proves nothing",
        _every_answer_is_of_now,
        ("ids_fall_a_little", "rest_is_slow"),
    ),
    "falling answers": Cure(
        "an answer below an earlier one proves nothing",
        _falling_answers_prove,
        ("frames_are_lost", "newest_ids_are_old"),
    ),
    "stale answers": Cure(
        "answers that are out of date are no new beginning",
        _answers_alone_begin_anew,
        ("newest_ids_are_old",),
    ),
    "row times": Cure(
        "a row of the history whose time does not fit its neighbours is refused",
        _all_times_fit,
        ("frames_are_lost", "row_is_mistimed"),
    ),
    "told clock": Cure(
        "an answer far ahead shows nothing before a second one",
        _every_clock_is_believed,
        ("clock_is_told_wrong",),
    ),
    "told clock of books": Cure(
        "an answer far ahead shows nothing before a second one, nor does it of books",
        _every_clock_of_books_is_believed,
        ("clock_is_told_wrong", "everything_is_quiet"),
        SPOT_BOOKS,
    ),
    "mistimed frame": Cure(
        "a trade far ahead waits for a second witness",
        _every_clock_is_believed,
        ("frames_are_disturbed",),
    ),
    "watermark": Cure(
        "only heartbeats move a watermark",
        _every_record,
        ("connection_is_cut", "frames_are_lost", "rest_is_slow"),
    ),
    "lag": Cure(
        "what is silent is proven up to the publish time less the largest lag of late",
        _no_lag,
        ("publishing_lags",),
        USDM_BOOKS,
    ),
    "late marks": Cure(
        "a record whose second was vouched for says so",
        _no_late_marks,
        ("connection_is_cut", "frames_are_lost", "rest_is_slow", "rest_is_in_trouble"),
    ),
    "trailing edge": Cure(
        "a symbol is proven by the exchange's newest id, not by the time of its answer",
        _time_alone_proves,
        ("frames_are_lost",),
    ),
    "bounded hold": Cure(
        "a symbol that cannot be proven is released as unknown",
        _no_bounded_hold,
        ("symbol_is_delisted",),
    ),
    "silent stream": Cure(
        "frames of one symbol prove nothing of another",
        _frames_prove,
        ("stream_falls_silent",),
    ),
    "new beginning": Cure(
        "ids that begin anew are a new beginning",
        _no_new_beginning,
        ("ids_begin_anew",),
    ),
    "absurd id": Cure(
        "one absurd id does not end a symbol",
        _every_id_is_believed,
        ("frames_are_disturbed",),
    ),
}
