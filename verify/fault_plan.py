"""What goes wrong in a replay, and when: the faults of a proof with repair.

Every instant is one of the recorded market, so that any capture can have its faults. They come in
an order in which none hides another: late trades, the kill (by `replay.KILL_AT`), the cut.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from verify.captures import RecordedTrade
from verify.replay_plan import ReplayError

CUT, LATE, KILL = "cut", "late", "kill"
FAULTS = (CUT, LATE, KILL)
"""The socket is cut, trades come late, the TaskManager is killed."""

CUT_S = 20.0
"""Of the market's time."""
LATE_TRADES = 200
"""At least this many miss their windows."""

_BACK_AFTER_S = 4.0
"""Real seconds from the end of a cut until trades come again; without one nothing ends a gap."""

_LATE_AT, _CUT_AT = 0.15, 0.7
"""Parts of the trades after which they begin."""
_HOLD_MS = 1_000
"""How long windows wait for a symbol that cannot be proven; less than a stall lasts."""
_NOTICED_AFTER_S = 4.0
"""Real seconds of a stall besides its trades: until the symbol is unknown and its windows close."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How a replay is disturbed.

    Attributes:
        simulator: faults of the simulated exchange, as JSON.
        connector: keys of the connector's configuration.
        kills: processes to kill in mid-stream.
    """

    simulator: Sequence[str]
    connector: Mapping[str, str]
    kills: Sequence[str]


def plan_faults(
    trades: Mapping[str, Sequence[RecordedTrade]], faults: Collection[str], speed: float
) -> FaultPlan:
    """Return how to disturb the replay of a capture.

    Args:
        trades: of the capture, by symbol; those of the busiest one come late.
        faults: some of `FAULTS`.
        speed: of the replay, times real time.

    Raises:
        ReplayError: the capture holds too few trades for them.
    """
    symbol = max(trades, key=lambda one: len(trades[one]), default="")
    busiest = trades.get(symbol, ())
    simulated: list[Mapping[str, object]] = []
    connector: dict[str, str] = {}
    if LATE in faults:
        simulated.append(_stall(symbol, busiest, speed))
        connector["hold.max.ms"] = str(_HOLD_MS)
    if CUT in faults:
        # The connector must not fetch what it missed, and history does not answer meanwhile.
        connector["backfill.max.trades"] = "0"
        simulated += [_cut(busiest, speed), _history_away()]
    return FaultPlan(
        [json.dumps(one) for one in simulated],
        connector,
        ["taskmanager"] if KILL in faults else [],
    )


def _stall(symbol: str, trades: Sequence[RecordedTrade], speed: float) -> dict[str, object]:
    first = int(len(trades) * _LATE_AT)
    last = first + LATE_TRADES
    if last >= len(trades) * _CUT_AT:
        raise ReplayError(
            f"fault late: expected {LATE_TRADES} trades of one symbol well before the capture's "
            f"end, found {len(trades)} trades of {symbol or 'none'} in all"
        )
    start_ms = trades[first].time_ms
    seconds = (trades[last].time_ms - start_ms) / 1_000 + _NOTICED_AFTER_S * speed
    return {
        "kind": "stall",
        "stream": f"{symbol.lower()}@trade",
        "seconds": seconds,
        "at_event_time_ms": start_ms,
    }


def _cut(trades: Sequence[RecordedTrade], speed: float) -> dict[str, object]:
    if not trades:
        raise ReplayError(
            f"fault cut: expected trades in the capture, found {len(trades)}; take another one"
        )
    start_ms = trades[int(len(trades) * _CUT_AT)].time_ms
    needed_s, left_s = CUT_S + _BACK_AFTER_S * speed, (trades[-1].time_ms - start_ms) / 1_000
    if left_s < needed_s:
        raise ReplayError(
            f"fault cut: expected {needed_s:.0f} s of the market after its begin at {start_ms} ms, "
            f"found {left_s:.0f} s; take a longer capture or a lower speed"
        )
    return {"kind": "cut", "seconds": CUT_S / speed, "at_event_time_ms": start_ms}


def _history_away() -> dict[str, object]:
    return {"kind": "rest_error", "endpoint": "historicalTrades", "count": 1_000_000}
