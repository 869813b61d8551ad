"""Descriptions of faults: what can be made to go wrong, and when.

A fault is armed until its trigger comes, then active until it is spent:

* trigger: at once, or after `after_frames` frames of its stream (counted from the moment the
  fault is set; all streams when it names none), or when the exchange's clock reaches
  `at_event_time_ms`; with both, the later;
* faults of streams (`drop`, `duplicate`, `reorder`, `corrupt`, `silence`, `delay`, `stall`) count
  and last in the exchange's time, so that they hit the same frames at every speed;
* faults of connections (`cut`, `refuse`, `shutdown`) last in real seconds, because a client's
  reconnect does;
* faults of book snapshots hit the next `count` calls of depth: `stale_snapshot` answers with the
  books as they were when the fault became active, `slow_snapshot` answers real seconds late with
  the book of the moment it was asked for;
* the frames that a fault touches have happened: REST knows their trades.
"""

from typing import Literal

import msgspec

from simulator.errors import FaultError

Kind = Literal[
    "cut",
    "drop",
    "duplicate",
    "reorder",
    "corrupt",
    "silence",
    "delay",
    "stall",
    "refuse",
    "shutdown",
    "rest_error",
    "slow_snapshot",
    "stale_snapshot",
]

STREAM_KINDS = frozenset({"drop", "duplicate", "reorder", "corrupt", "silence", "delay", "stall"})
"""Kinds that change which frames a subscriber gets."""

_NEEDS_SECONDS = frozenset({"silence", "delay", "stall", "slow_snapshot"})


class FaultSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault as given to ``POST /control/faults`` or ``--fault``.

    Attributes:
        stream: address of the stream concerned, such as ``btcusdt@trade`` on spot and
            ``public/btcusdt@trade`` on USD-M; empty for all.
        count: frames, pairs of neighbours (`reorder`), REST calls or handshakes concerned.
        seconds: `silence`, `delay`, `stall`: exchange seconds; `slow_snapshot`: real seconds;
            `cut`, `shutdown`: real seconds during which reconnects are refused; `refuse`: real
            seconds, instead of `count`.
        lead_seconds: `shutdown`: real seconds between the event and the end of connections.
        status: HTTP status of a refused handshake or a failed REST call.
        code: `rest_error`: the exchange's error code in the body.
        retry_after_seconds: `rest_error`: told in ``Retry-After``; 0 tells nothing.
        endpoint: REST faults: last part of the path, such as ``historicalTrades`` on spot and
            ``fapi/depth`` on USD-M; empty for all.
        after_frames: frames of the stream that pass first.
        at_event_time_ms: exchange time from which the fault is active.
    """

    kind: Kind
    stream: str = ""
    count: int = 1
    seconds: float = 0.0
    lead_seconds: float = 0.0
    status: int = 503
    code: int = -1000
    retry_after_seconds: int = 0
    endpoint: str = ""
    after_frames: int = 0
    at_event_time_ms: int = 0

    def __post_init__(self) -> None:
        if self.kind in _NEEDS_SECONDS and self.seconds <= 0:
            raise ValueError(f"{self.kind}: expected seconds > 0, found {self.seconds}")
        if (
            self.count < 1
            or self.seconds < 0
            or min(self.lead_seconds, self.after_frames, self.retry_after_seconds) < 0
        ):
            raise ValueError(f"{self.kind}: expected count >= 1 and no negative number")
        if not 400 <= self.status <= 599:
            raise ValueError(f"{self.kind}: expected status 400 to 599, found {self.status}")


def parse_faults(text: str | bytes) -> list[FaultSpec]:
    """Return the faults of a JSON object, or of a list of them.

    Raises:
        FaultError: the text is no fault; says which field is wrong.
    """
    try:
        raw = msgspec.json.decode(text)
        return msgspec.convert(raw if isinstance(raw, list) else [raw], type=list[FaultSpec])
    except (msgspec.DecodeError, ValueError) as error:
        raise FaultError(f"fault: {error}") from None
