"""The simulator's whole configuration, checked once; read by `simulator.server` only.

Addresses, limits and speeds live here; nothing else reads an environment variable or a flag.
"""

from dataclasses import dataclass, field
from pathlib import Path

from simulator.engine.clock import MAX_SPEED
from simulator.engine.faults import FaultSpec

IDLE_SPEED_AFTER_MAX = 60.0
"""Default idle speed after a replay at full speed."""

HISTORY_LIMIT = 300_000
"""Trades kept of an endless market: nearly five hours of BTCUSDT alone."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What the exchange grants a WebSocket connection.

    Attributes:
        ping_seconds: between server pings.
        pong_seconds: wait for the answer to a ping until the connection is dropped.
        lifetime_seconds: age at which a connection is cut.
        messages_per_second: client messages, pings and pongs included.
        backlog_bytes: unsent bytes at which a slow reader is dropped.
    """

    ping_seconds: float = 20.0
    pong_seconds: float = 60.0
    lifetime_seconds: float = 86_400.0
    messages_per_second: int = 5
    backlog_bytes: int = 64 * 1024 * 1024


USDM_LIMITS = ConnectionLimits(ping_seconds=180.0, pong_seconds=600.0, messages_per_second=10)
"""What USD-M grants instead."""


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """How one simulator runs.

    Attributes:
        port: 0 takes any free port.
        speed: exchange seconds per real second; `MAX_SPEED` for as fast as the client reads.
        idle_speed: the same after the last frame; None takes `speed`, or 60 after `MAX_SPEED`.
        start_on_subscribe: the clock stands still until a client subscribes to a served stream.
        start_streams: addresses that must all be subscribed to first; any served one when empty.
        hold_for_snapshots: the clock stands still at the first recorded book of a symbol whose
            diffs are among `start_streams`, until a client has requested that book.
        history_limit: trades of a market kept for REST, shared by its symbols; None keeps all.
        rate_scale: multiplies the REST weight budgets.
        limits, usdm_limits: of connections to spot and to USD-M.
        faults: set from the start.
        journal: folder for the journal of the market; None writes nothing.
    """

    host: str = "127.0.0.1"
    port: int = 9443
    speed: float = 1.0
    idle_speed: float | None = None
    start_on_subscribe: bool = True
    start_streams: frozenset[str] = frozenset()
    hold_for_snapshots: bool = False
    history_limit: int | None = None
    rate_scale: float = 1.0
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    usdm_limits: ConnectionLimits = USDM_LIMITS
    faults: tuple[FaultSpec, ...] = ()
    journal: Path | None = None

    @property
    def effective_idle_speed(self) -> float:
        """The speed after the last frame."""
        if self.idle_speed is not None:
            return self.idle_speed
        return IDLE_SPEED_AFTER_MAX if self.speed == MAX_SPEED else self.speed
