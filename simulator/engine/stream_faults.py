"""How each kind of stream fault changes one frame. Pure."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

from simulator.binance.streams import in_microseconds
from simulator.engine.events import Frame
from simulator.engine.fault_state import Fault
from simulator.engine.faults import ABSURD_ID

_EVENT_TIME = re.compile(rb'"E":(\d+)')
_TRADE_ID = re.compile(rb'("e":"trade",.*?"t":)\d+')
_AGGREGATE_IDS = re.compile(rb'("[afl]":)\d+')


def applied(fault: Fault, frame: Frame) -> list[Frame]:
    """Return the frames that replace one that an active stream fault concerns."""
    if not fault.is_active:
        return [frame]
    return _KINDS[fault.spec.kind](fault, frame)


def _withheld(fault: Fault, frame: Frame) -> list[Frame]:
    """Return nothing, or the frame for all connections except one."""
    fault.hit()
    if fault.spec.connection == "":
        return []
    return [replace(frame, withheld_from=(*frame.withheld_from, fault.spec.connection))]


def _duplicate(fault: Fault, frame: Frame) -> list[Frame]:
    fault.hit()
    return [frame, frame]


def _corrupt(fault: Fault, frame: Frame) -> list[Frame]:
    fault.hit()
    return [replace(frame, payload=frame.payload[: len(frame.payload) // 2])]


def _mistime(fault: Fault, frame: Frame) -> list[Frame]:
    if not _EVENT_TIME.search(frame.payload):
        return [frame]
    fault.hit()
    return [replace(frame, payload=in_microseconds(frame.payload))]


def _absurd_id(fault: Fault, frame: Frame) -> list[Frame]:
    """Return the frame and, after a trade or an aggregate, a copy of it with another id."""
    absurd = rb"\g<1>%d" % (fault.spec.trade_id or ABSURD_ID)
    payload = _TRADE_ID.sub(absurd, frame.payload, count=1)
    if b'"aggTrade"' in frame.payload[:24]:
        payload = _AGGREGATE_IDS.sub(absurd, frame.payload)
    if payload == frame.payload:
        return [frame]
    fault.hit()
    # The copy is no trade of the market.
    return [frame, replace(frame, payload=payload, trade=None)]


def _silence(fault: Fault, frame: Frame) -> list[Frame]:
    if frame.due_ms >= fault.ends:
        fault.state = "done"
        return [frame]
    return _withheld(fault, frame)


def _stall(fault: Fault, frame: Frame) -> list[Frame]:
    if frame.due_ms >= fault.ends:
        fault.state = "done"
        return [frame]
    fault.hit()
    fault.held.append((fault.ends, frame))
    return []


def _delay(fault: Fault, frame: Frame) -> list[Frame]:
    fault.hit()
    fault.held.append((frame.due_ms + fault.spec.seconds * 1000, frame))
    return []


def _reorder(fault: Fault, frame: Frame) -> list[Frame]:
    if not fault.held:
        # Its neighbour releases it, whenever that comes.
        fault.held.append((math.inf, frame))
        return []
    (_, earlier), fault.held = fault.held[0], []
    fault.hit()
    return [frame, earlier]


def _lag(fault: Fault, frame: Frame) -> list[Frame]:
    """Hold a frame back by the lag of its instant; a stream's frames keep their order."""
    due_ms = frame.due_ms
    newest_ms = fault.released_ms.get(frame.stream, due_ms)
    # Never before the stream's previous frame, though the lag itself falls again.
    release_ms = max(due_ms + _lag_ms(fault, due_ms), newest_ms)
    if release_ms <= due_ms:
        return [frame]
    fault.hit()
    fault.released_ms[frame.stream] = release_ms
    fault.held.append((release_ms, _published_later(frame, release_ms - due_ms)))
    return []


def _lag_ms(fault: Fault, due_ms: int) -> int:
    """Return the lag at an instant: it rises to the peak in half of the time and falls again."""
    part = (due_ms - fault.begins_ms) / (fault.spec.seconds * 1000)
    return round(fault.spec.peak_seconds * 1000 * max(0.0, 1 - abs(2 * part - 1)))


def _published_later(frame: Frame, lag_ms: int) -> Frame:
    def shifted(found: re.Match[bytes]) -> bytes:
        return b'"E":%d' % (int(found[1]) + lag_ms)

    return replace(frame, payload=_EVENT_TIME.sub(shifted, frame.payload, count=1))


_KINDS: dict[str, Callable[[Fault, Frame], list[Frame]]] = {
    "drop": _withheld,
    "dead": _withheld,
    "duplicate": _duplicate,
    "corrupt": _corrupt,
    "mistime": _mistime,
    "absurd_id": _absurd_id,
    "silence": _silence,
    "stall": _stall,
    "delay": _delay,
    "reorder": _reorder,
    "lag": _lag,
}
