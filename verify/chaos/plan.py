"""What goes wrong and when: a plan of faults, drawn from a seed, written and read as JSON.

Pure. Faults come in groups, so that they coincide: each group is a few faults within some seconds,
one of them perhaps a kill. Instants are seconds after the market's start, which runs in real time.
"""

import json
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from market.errors import TidemarkError


class Kind(StrEnum):
    """Every kind of fault."""

    CUT = "cut"
    """All connections are reset, and new ones refused for a while."""
    CUT_ONE = "cut_one"
    """The same, for one of the connections that carry a stream."""
    SHUTDOWN = "shutdown"
    """The exchange announces that it ends its connections, and ends them."""
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    MISTIME = "mistime"
    """Times in microseconds."""
    ABSURD_ID = "absurd_id"
    DELAY = "delay"
    """These touch frames of one stream."""
    SILENCE = "silence"
    """A stream sends nothing for a while, and never sends what it withheld."""
    STALL = "stall"
    """The same, but then it sends all of it at once."""
    LAG = "lag"
    """A market publishes late, as in a load spike."""
    REST_SLOW = "rest_slow"
    REST_FAILING = "rest_failing"
    REST_EMPTY = "rest_empty"
    REST_HTML = "rest_html"
    REST_POISONED = "rest_poisoned"
    """The exchange's answers to requests."""
    IDS_ANEW = "ids_anew"
    """The trade ids of a symbol restart."""
    KILL = "kill"
    """A process is killed with -9."""


TARGETS = ("connector", "taskmanager", "jobmanager", "kafka", "mongodb", "objectstore")
"""What a kill hits."""
MARKETS = ("binance-spot", "binance-usdm")

QUIET_S = 12.0
"""Without faults at the beginning, so that every stream has begun, and at the end."""
_GROUP_EVERY_S = 22.0
_GROUP_LASTS_S = 8.0
_GROUP_FAULTS = (1, 4)
"""Besides the loss in each group: without a loss nothing is requested from the exchange."""
_KILLS_PER_MINUTE = 0.9


class PlanError(TidemarkError):
    """A text is not a plan of faults."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        at_s: seconds after the market's start.
        seconds: how long it lasts, or how long a frame or an answer takes.
        target: process to kill.
        stream: ``trade`` or ``depth`` of `market` and `symbol`.
        connection: ``oldest`` or ``newest`` of those that carry the stream; empty for all.
        variant: what is wrong with a poisoned answer.
        count: frames or answers concerned; of a lag, its peak in seconds.
    """

    at_s: float
    kind: Kind
    seconds: float = 0.0
    count: int = 0
    market: str = ""
    symbol: str = ""
    stream: str = ""
    connection: str = ""
    variant: str = ""
    target: str = ""

    def __str__(self) -> str:
        """Return what happens and when."""
        where = " ".join(
            word
            for word in (self.market, self.symbol, self.stream, self.connection, self.variant)
            if word
        )
        words = [f"{self.at_s:6.1f} s", str(self.kind), self.target or where]
        words += [f"{self.count} times"] if self.count else []
        words += [f"{self.seconds:g} s"] if self.seconds else []
        return "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Plan:
    """A market and what goes wrong in it.

    Attributes:
        seed: of the market, and of the faults as they were drawn.
        symbols: how many.
        minutes: from the market's start to the end of the plan.
    """

    seed: int
    symbols: int
    minutes: float
    faults: tuple[Fault, ...]

    def with_faults(self, faults: Iterable[Fault]) -> "Plan":
        """Return the plan with other faults."""
        return replace(self, faults=tuple(faults))

    def to_json(self) -> dict[str, Any]:
        """Return the plan as `read_plan` reads it."""
        faults = [
            {name: value for name, value in asdict(fault).items() if value} for fault in self.faults
        ]
        return {**asdict(self), "faults": faults}


def read_plan(text: str) -> Plan:
    """Return the plan of a JSON text: a plan alone, or a report that holds one.

    Raises:
        PlanError: the text is neither.
    """
    try:
        content = json.loads(text)
        content = content.get("plan", content)
        faults = tuple(
            Fault(**{"at_s": 0.0, **each, "kind": Kind(each["kind"])}) for each in content["faults"]
        )
        return Plan(content["seed"], content["symbols"], content["minutes"], faults)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PlanError(
            f"plan: expected JSON with seed, symbols, minutes and faults, found: {error!r}"
        ) from error


def draw_plan(
    seed: int, symbols: Sequence[str], minutes: float, only: Collection[Kind] = ()
) -> Plan:
    """Return the plan of a seed.

    Args:
        seed: the same one gives the same plan.
        symbols: of the market, upper case.
        minutes: from the market's start to the end of the plan.
        only: kinds that may be drawn; all when empty.
    """
    chance = random.Random(seed)  # noqa: S311 - a seed must give the same plan again
    begin_s, end_s = QUIET_S, max(QUIET_S + 1.0, minutes * 60 - QUIET_S)
    kinds = [kind for kind in _DRAWN if not only or kind in only]
    faults: list[Fault] = []
    for _ in range(max(1, round((end_s - begin_s) / _GROUP_EVERY_S)) if kinds else 0):
        start_s = chance.uniform(begin_s, end_s)
        chosen = [chance.choice([kind for kind in kinds if kind in _LOSSES] or kinds)]
        chosen += chance.choices(kinds, k=chance.randint(*_GROUP_FAULTS))
        for kind in chosen:
            at_s = min(end_s, start_s + chance.uniform(0, _GROUP_LASTS_S))
            faults.append(_drawn(chance, kind, at_s, symbols))
    if not only or Kind.KILL in only:
        faults += _kills(chance, begin_s, end_s, minutes)
    faults.sort(key=lambda fault: (fault.at_s, fault.kind))
    return Plan(seed, len(symbols), minutes, tuple(faults))


def _kills(chance: random.Random, begin_s: float, end_s: float, minutes: float) -> list[Fault]:
    count = min(len(TARGETS), max(1, round(minutes * _KILLS_PER_MINUTE)))
    return [
        Fault(round(chance.uniform(begin_s, end_s), 1), Kind.KILL, target=target)
        for target in chance.sample(TARGETS, count)
    ]


Names = Sequence[str]
Draw = Callable[[random.Random, Sequence[str]], Mapping[str, Any]]


def _lasting(low_s: float, high_s: float) -> Draw:
    return lambda chance, _: {"seconds": round(chance.uniform(low_s, high_s), 1)}


def _on_stream(
    low: int = 0, high: int = 0, low_s: float = 0.0, high_s: float = 0.0, connections: Names = ("",)
) -> Draw:
    def draw(chance: random.Random, symbols: Sequence[str]) -> Mapping[str, Any]:
        market, stream = chance.choice(_STREAMS)
        return {
            "market": market,
            "stream": stream,
            "symbol": chance.choice(symbols),
            "count": chance.randint(low, high),
            "seconds": round(chance.uniform(low_s, high_s), 1),
            "connection": chance.choice(connections),
        }

    return draw


def _answers(low: int, high: int, low_s: float = 0.0, high_s: float = 0.0) -> Draw:
    return lambda chance, _: {
        "count": chance.randint(low, high),
        "seconds": round(chance.uniform(low_s, high_s), 1),
    }


_STREAMS = (
    (MARKETS[0], "trade"),
    (MARKETS[0], "trade"),
    (MARKETS[0], "depth"),
    (MARKETS[1], "depth"),
)
"""Trades are drawn as often as books."""
_ONE, _ALL_OR_ONE = ("oldest", "newest"), ("", "", "oldest", "newest")
_POISONS = ("zero_price", "long_price", "zero_quantity", "microseconds")

_DRAWN: dict[Kind, Draw] = {
    Kind.CUT: _lasting(0.2, 9.0),
    Kind.CUT_ONE: _on_stream(low_s=0.0, high_s=2.0, connections=_ONE),
    Kind.SHUTDOWN: _lasting(0.2, 3.0),
    Kind.DROP: _on_stream(1, 25, connections=_ALL_OR_ONE),
    Kind.DUPLICATE: _on_stream(1, 25),
    Kind.REORDER: _on_stream(1, 10),
    Kind.CORRUPT: _on_stream(1, 3),
    Kind.MISTIME: _on_stream(1, 3),
    Kind.ABSURD_ID: lambda chance, symbols: {
        "market": MARKETS[0],
        "stream": "trade",
        "symbol": chance.choice(symbols),
        "count": chance.randint(1, 3),
    },
    Kind.DELAY: _on_stream(1, 25, 0.1, 6.0),
    Kind.SILENCE: _on_stream(low_s=1.0, high_s=40.0, connections=_ALL_OR_ONE),
    Kind.STALL: _on_stream(low_s=0.5, high_s=12.0),
    Kind.LAG: lambda chance, _: {
        "market": chance.choice(MARKETS),
        "seconds": round(chance.uniform(2.0, 9.0), 1),
        "count": chance.randint(1, 4),
    },
    Kind.REST_SLOW: _answers(2, 20, 0.5, 8.0),
    Kind.REST_FAILING: _answers(1, 12),
    Kind.REST_EMPTY: _answers(1, 4),
    Kind.REST_HTML: _answers(1, 4),
    Kind.REST_POISONED: lambda chance, _: {
        "count": chance.randint(1, 3),
        "variant": chance.choice(_POISONS),
    },
    Kind.IDS_ANEW: lambda chance, symbols: {
        "market": MARKETS[0],
        "symbol": chance.choice(symbols[len(symbols) // 2 :]),
    },
}


_LOSSES = (Kind.CUT, Kind.CUT_ONE, Kind.DROP, Kind.DELAY, Kind.SILENCE, Kind.STALL, Kind.LAG)


def _drawn(chance: random.Random, kind: Kind, at_s: float, symbols: Sequence[str]) -> Fault:
    return Fault(round(at_s, 1), kind, **_DRAWN[kind](chance, symbols))
