"""The exchange's time that one connection has proven: what came before it has been received.

Pure: no clock, no I/O. Seconds are those of a monotonic clock, given by the caller.

Theory of operation
-------------------
* While frames arrive, the largest publish time seen is proven: the exchange sends in that order.
  The caller subtracts the delay between a change and its publication. A time that jumps ahead by
  more than `JUMP_MS` proves nothing until a second frame confirms it.
* Silence alone proves nothing, and our clock is not the exchange's. After `SILENCE_S` without a
  frame, REST is asked for the exchange's time. The answer counts if no frame has arrived since the
  request, `SETTLE_S` has passed since the answer (a frame may have been in flight), and the
  exchange has then answered a ping on this very connection: everything that it sent before has
  arrived, and the socket is not half open. A frame in between ends the attempt.
* While disconnected, nothing is proven.
"""

from enum import Enum, auto

JUMP_MS = 5_000
SILENCE_S = 1.0
SETTLE_S = 0.3


class Step(Enum):
    """What the caller should do next."""

    NOTHING = auto()
    ASK_TIME = auto()
    PING = auto()


class _Phase(Enum):
    DISCONNECTED = auto()
    LISTENING = auto()
    ASKED = auto()
    SETTLING = auto()
    PINGED = auto()


class ConnectionTime:
    """Tracks the proven time of one connection through its reconnects."""

    def __init__(self) -> None:
        self.time_ms = 0
        """Proven time, epoch milliseconds; 0 while nothing is proven."""
        self._phase = _Phase.DISCONNECTED
        self._since_s = 0.0
        self._jump_ms = 0
        self._answer_ms = 0

    def on_connected(self, now_s: float) -> None:
        """Note a new connection."""
        self.time_ms = 0
        self._enter(_Phase.LISTENING, now_s)

    def on_disconnected(self) -> None:
        """Note that the connection is gone."""
        self.time_ms = 0
        self._phase = _Phase.DISCONNECTED

    def on_frame(self, publish_time_ms: int, now_s: float) -> None:
        """Note a frame; `publish_time_ms` is 0 when it carries none."""
        if self.time_ms and publish_time_ms - self.time_ms > JUMP_MS:
            publish_time_ms = self._confirmed(publish_time_ms)
        self.time_ms = max(self.time_ms, publish_time_ms)
        # A frame ends the attempt to prove silence.
        self._enter(_Phase.LISTENING, now_s)

    def _confirmed(self, jump_ms: int) -> int:
        """Return the time that a jump and the one before it prove; 0 when they disagree."""
        before_ms, self._jump_ms = self._jump_ms, jump_ms
        return min(before_ms, jump_ms) if abs(before_ms - jump_ms) <= JUMP_MS else 0

    def next_step(self, now_s: float) -> Step:
        """Return what to do now; the step then counts as done."""
        passed_s = now_s - self._since_s
        if self._phase is _Phase.LISTENING and passed_s >= SILENCE_S:
            self._enter(_Phase.ASKED, now_s)
            return Step.ASK_TIME
        if self._phase is _Phase.SETTLING and passed_s >= SETTLE_S:
            self._enter(_Phase.PINGED, now_s)
            return Step.PING
        return Step.NOTHING

    def on_time(self, time_ms: int | None, now_s: float) -> None:
        """Take the exchange's answer; None when there was none, which makes us ask again."""
        if self._phase is not _Phase.ASKED:
            return
        self._answer_ms = time_ms or 0
        self._enter(_Phase.SETTLING if time_ms else _Phase.LISTENING, now_s)

    def on_alive(self, now_s: float) -> None:
        """Note that the exchange answered our ping on this connection."""
        if self._phase is _Phase.PINGED:
            self.time_ms = max(self.time_ms, self._answer_ms)
            # Half a pause only: silence goes on, so the next question comes sooner.
            self._enter(_Phase.LISTENING, now_s - SILENCE_S / 2)

    def _enter(self, phase: _Phase, now_s: float) -> None:
        self._phase = phase
        self._since_s = now_s
