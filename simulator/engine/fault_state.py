"""One fault that is set: what it concerns, when it is active, and what it has affected so far.

Pure. What the kinds do lives in `simulator.engine.stream_faults` and
`simulator.binance.rest_faults`.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from simulator.binance.venues import Market
from simulator.engine.events import Frame
from simulator.engine.faults import COUNTED_STREAM_KINDS, REST_KINDS, FaultSpec

_EXCHANGE_WINDOW = frozenset({"silence", "stall", "lag"}) | COUNTED_STREAM_KINDS
_REAL_WINDOW = frozenset({"refuse", "subscribe_error", "subscribe_mute"}) | REST_KINDS
_UNTIL_CLEARED = frozenset({"dead", "subscribe_mute"})


@dataclass(slots=True)
class Fault:
    """One fault that is set.

    Attributes:
        seen: number of frames that it concerned since it was set.
        hits: number of frames, calls or handshakes that it has affected so far.
        begins_ms: exchange time at which it became active.
        ends: end of an active fault; exchange ms for streams, real seconds for the others.
        state: ``armed``, ``active`` or ``done``.
        held: frames that it holds back, with the exchange time of their release.
        released_ms: for each stream, when its newest lagging frame is released.
        banned_until_ms: the end of the ban in its first answer; 0 before that.
    """

    number: int
    spec: FaultSpec
    seen: int = 0
    hits: int = 0
    begins_ms: int = 0
    ends: float = math.inf
    state: str = "armed"
    held: list[tuple[float, Frame]] = field(default_factory=list)
    released_ms: dict[str, int] = field(default_factory=dict)
    banned_until_ms: int = 0

    @property
    def is_active(self) -> bool:
        """True between its trigger and its end."""
        return self.state == "active"

    def concerns(self, frame: Frame) -> bool:
        """Return whether a frame is of the fault's stream, symbol and market."""
        spec = self.spec
        return (
            spec.stream in ("", frame.stream)
            and spec.symbol in ("", frame.symbol)
            and spec.market in ("", frame.market)
        )

    def concerns_call(self, endpoint: str, symbols: Collection[str]) -> bool:
        """Return whether a REST call is of the fault's endpoint, symbol and market.

        Args:
            endpoint: with its market's prefix, such as ``fapi/depth``.
            symbols: that the call names.
        """
        spec = self.spec
        market = Market.USDM if endpoint.startswith("fapi/") else Market.SPOT
        return (
            spec.endpoint in ("", endpoint)
            and (not spec.symbol or spec.symbol in symbols)
            and spec.market in ("", market)
        )

    def activate(self, clock_ms: int, real_s: float) -> bool:
        """Activate an armed fault if its trigger has come; return whether it has."""
        spec = self.spec
        if self.seen < spec.after_frames or clock_ms < spec.at_event_time_ms:
            return False
        self.state, self.begins_ms = "active", clock_ms
        if spec.kind in _EXCHANGE_WINDOW and spec.seconds:
            self.ends = clock_ms + spec.seconds * 1000
        elif spec.kind in _REAL_WINDOW and spec.seconds and not self._seconds_are_delay:
            self.ends = real_s + spec.seconds
        return True

    @property
    def _seconds_are_delay(self) -> bool:
        return self.spec.kind == "slow_rest" and not self.spec.delay_seconds

    def expire(self, clock_ms: int, real_s: float) -> None:
        """End an active fault whose time is over and that holds nothing back."""
        kind = self.spec.kind
        if kind in _REAL_WINDOW:
            is_over = real_s >= self.ends
        else:
            is_over = kind in ("lag", *COUNTED_STREAM_KINDS) and clock_ms >= self.ends
        if self.is_active and is_over and not self.held:
            self.state = "done"

    def hit(self) -> None:
        """Count one hit; a fault without an end is used up after `count`."""
        self.hits += 1
        is_counted = self.ends == math.inf and self.spec.kind not in _UNTIL_CLEARED
        if is_counted and self.hits >= self.spec.count:
            self.state = "done"

    def status(self) -> dict[str, object]:
        """Return the fault as ``GET /control/status`` shows it."""
        spec: dict[str, object] = msgspec.to_builtins(self.spec)
        return {"id": self.number, **spec, "state": self.state, "hits": self.hits}
