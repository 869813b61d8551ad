"""Descriptions of faults: what can be made to fail, and when.

A fault is armed until its trigger comes, then active until it is used up:

* trigger: at once, or after `after_frames` frames that it concerns (counted from when the fault is
  set), or when the exchange's clock reaches `at_event_time_ms`; with both, the later;
* a fault with a `market`, a `symbol` or a `stream` concerns their frames and calls only;
* faults of the market (`reset_ids`, `delist`) change what happens: streams, REST and journal agree;
* faults of streams count and last in the exchange's time, so that they hit the same frames at every
  speed; the frames that they touch have happened: REST knows their trades;
* faults of connections (`cut`, `refuse`, `shutdown`, `subscribe_error`, `subscribe_mute`) and of
  REST last in real seconds, because a client's reconnect does.

Several at once act in this order: those of the market; those of streams in the order in which they
were set, each on what the one before let through (what one holds back meets the later ones when it
is released); those of connections. A REST call is slow first, then refused (`rest_error`), then
answered with a page that is not JSON (`html`), then with `stale_snapshot`, `empty_page` and
`poison_row`; of two faults of the same kind, the one set first acts.
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
    "mistime",
    "absurd_id",
    "silence",
    "dead",
    "delay",
    "stall",
    "lag",
    "refuse",
    "shutdown",
    "subscribe_error",
    "subscribe_mute",
    "rest_error",
    "slow_rest",
    "slow_snapshot",
    "stale_snapshot",
    "html",
    "empty_page",
    "poison_row",
    "reset_ids",
    "delist",
]
Variant = Literal["zero_price", "long_price", "zero_quantity", "microseconds"]

COUNTED_STREAM_KINDS = frozenset({"drop", "duplicate", "corrupt", "mistime", "absurd_id"})
"""Kinds that touch `count` frames, or all frames of some seconds of the exchange's time."""
STREAM_KINDS = COUNTED_STREAM_KINDS | {"reorder", "silence", "dead", "delay", "stall", "lag"}
"""Kinds that change which frames a subscriber gets."""
REST_KINDS = frozenset({"rest_error", "slow_rest", "html", "empty_page", "poison_row"})
"""Kinds that touch `count` calls, or all calls of some real seconds."""
ACTS = frozenset({"cut", "shutdown", "stale_snapshot", "reset_ids", "delist"})
"""Kinds that act once, when their trigger comes."""
ONE_CONNECTION_KINDS = frozenset({"cut", "drop", "silence", "dead"})
"""Kinds that may name a connection."""

ABSURD_ID = 9_000_000_000_000
_NEEDS_SECONDS = frozenset({"silence", "delay", "stall", "slow_snapshot", "lag"})
_NEEDS_SYMBOL = frozenset({"reset_ids", "delist"})


class FaultSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault as given to ``POST /control/faults`` or ``--fault``.

    Attributes:
        stream: address of the stream concerned, such as ``btcusdt@trade`` on spot and
            ``public/btcusdt@trade`` on USD-M; empty for all.
        symbol: upper case, of the frames or REST calls concerned; empty for all.
        market: ``spot`` or ``usdm``; empty for both.
        connection: the only one that is cut, or that does not get the frames: ``oldest`` or
            ``newest`` of those that carry the stream, or a number from ``GET /control/status``;
            empty for all.
        count: frames, pairs of neighbours (`reorder`), REST calls, handshakes or subscriptions
            concerned.
        seconds: exchange seconds of `silence`, `delay`, `stall`, `lag`, and instead of `count` of
            `drop`, `duplicate`, `corrupt`, `mistime`; real seconds instead of `count` of `refuse`,
            `subscribe_error` and the faults of REST; the delay of `slow_snapshot`, and of
            `slow_rest` without `delay_seconds`; how long `subscribe_mute` lasts, 0 for ever; how
            long reconnects are refused after `cut` and `shutdown`.
        delay_seconds: `slow_rest`: real seconds that an answer is late.
        peak_seconds: `lag`: the longest delay, at half of `seconds`.
        lead_seconds: `shutdown`: real seconds between the event and the end of connections.
        status: HTTP status of a refused handshake or a failed REST call.
        code: `rest_error`: the exchange's error code in the body.
        retry_after_seconds: `rest_error`: sent in ``Retry-After``; 0 sends no header.
        ban_seconds: `rest_error`: the body says that the address is banned until so many real
            seconds after the first such answer, in epoch milliseconds.
        endpoint: REST faults: the path after the version, such as ``historicalTrades`` on spot and
            ``fapi/depth`` on USD-M; empty for all.
        variant: what `poison_row` does to one row of a page.
        trade_id: the id of `absurd_id`; the row of `poison_row`, 0 for the middle one of a page.
        first_id: `reset_ids`: the first new id.
        longest_bytes: `subscribe_mute`: a longer SUBSCRIBE is ignored.
        after_frames: frames that pass first.
        at_event_time_ms: exchange time from which the fault is active.
    """

    kind: Kind
    stream: str = ""
    symbol: str = ""
    market: Literal["", "spot", "usdm"] = ""
    connection: Literal["", "oldest", "newest"] | int = ""
    count: int = 1
    seconds: float = 0.0
    delay_seconds: float = 0.0
    peak_seconds: float = 0.0
    lead_seconds: float = 0.0
    status: int = 503
    code: int = -1000
    retry_after_seconds: int = 0
    ban_seconds: float = 0.0
    endpoint: str = ""
    variant: Variant = "zero_price"
    trade_id: int = 0
    first_id: int = 1
    longest_bytes: int = 0
    after_frames: int = 0
    at_event_time_ms: int = 0

    def __post_init__(self) -> None:
        if self.kind in _NEEDS_SECONDS and self.seconds <= 0:
            raise ValueError(f"{self.kind}: expected seconds > 0, found {self.seconds}")
        if self.kind in _NEEDS_SYMBOL and not self.symbol:
            raise ValueError(f"{self.kind}: expected a symbol, found none")
        if self.kind == "lag" and self.peak_seconds <= 0:
            raise ValueError(f"lag: expected peak_seconds > 0, found {self.peak_seconds}")
        if self.kind == "slow_rest" and max(self.seconds, self.delay_seconds) <= 0:
            raise ValueError(
                f"slow_rest: expected seconds or delay_seconds > 0, found {self.seconds} and "
                f"{self.delay_seconds}"
            )
        if self.connection != "" and self.kind not in ONE_CONNECTION_KINDS:
            kinds, found = ", ".join(sorted(ONE_CONNECTION_KINDS)), self.connection
            raise ValueError(
                f"{self.kind}: expected no connection, found {found}; only {kinds} take one"
            )
        least = min(self._amounts)
        if self.count < 1 or least < 0:
            raise ValueError(
                f"{self.kind}: expected count >= 1 and no negative number, found count "
                f"{self.count} and {least} as the smallest number"
            )
        if not 400 <= self.status <= 599:
            raise ValueError(f"{self.kind}: expected status 400 to 599, found {self.status}")

    @property
    def _amounts(self) -> tuple[float, ...]:
        return (
            self.seconds,
            self.delay_seconds,
            self.peak_seconds,
            self.lead_seconds,
            self.retry_after_seconds,
            self.ban_seconds,
            self.trade_id,
            self.first_id,
            self.longest_bytes,
            self.after_frames,
        )


def parse_faults(text: str | bytes) -> list[FaultSpec]:
    """Return the faults of a JSON object, or of a list of them.

    Raises:
        FaultError: the text does not describe faults; says which field is wrong.
    """
    try:
        raw = msgspec.json.decode(text)
        return msgspec.convert(raw if isinstance(raw, list) else [raw], type=list[FaultSpec])
    except (msgspec.DecodeError, ValueError) as error:
        raise FaultError(f"fault: {error}") from None
