"""What one client has subscribed to, and the answers to its control messages.

Sans-IO. Theory of operation: a session starts from its URL (`combined` on ``/stream``, streams
named there are subscribed), then each text message is one request. Well-formed requests are
acknowledged whatever they name; malformed ones get an error object; more than
`MAX_STREAMS` streams, or more than the allowed messages in a second, end the connection.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from simulator.binance.streams import TimeUnit
from simulator.binance.venues import Market

MAX_STREAMS = 1024
MAX_ID_LENGTH = 36
_ID_RANGE = range(-(2**63), 2**63)
POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a control message.

    Attributes:
        text: JSON to send.
        close_reason: when set, close with code 1008 and this reason afterwards.
    """

    text: bytes
    close_reason: str = ""


class _RefusedError(Exception):
    """A control message that is answered with an error object."""

    def __init__(self, code: int, message: str, close_reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.close_reason = close_reason


class MessageBudget:
    """Counts client messages (pings and pongs too) in a sliding second.

    Args:
        per_second: messages allowed in any second.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._times_s: deque[float] = deque()

    def take(self, real_s: float) -> bool:
        """Count a message; return whether it is within the limit."""
        while self._times_s and self._times_s[0] <= real_s - 1:
            self._times_s.popleft()
        self._times_s.append(real_s)
        return len(self._times_s) <= self._per_second


@dataclass(slots=True)
class Session:
    """The state of one connection that control messages change.

    Attributes:
        combined: frames come in the envelope with the stream's name.
        streams: subscribed names in the order of subscription.
        market: USD-M nests its error objects.
    """

    combined: bool
    time_unit: TimeUnit = TimeUnit.MILLISECOND
    streams: dict[str, None] = field(default_factory=dict)
    market: Market = Market.SPOT

    def handle(self, text: str) -> Reply:
        """Apply one control message and return its answer."""
        request_id: object = None
        try:
            request = _parsed(text)
            request_id = _checked_id(request)
            result = _method(request)(self, request)
        except _RefusedError as refused:
            return Reply(self._error(refused, request_id), refused.close_reason)
        return Reply(msgspec.json.encode({"result": result, "id": request_id}))

    def refuse(self, text: str) -> Reply:
        """Answer a SUBSCRIBE like a server that refuses it, and change nothing."""
        request = msgspec.json.decode(text)
        error = {"code": 2, "msg": "Invalid request: subscription refused"}
        return Reply(msgspec.json.encode({"error": error, "id": request.get("id")}))

    def _error(self, refused: _RefusedError, request_id: object) -> bytes:
        error: dict[str, object] = {"code": refused.code, "msg": str(refused)}
        if self.market is Market.USDM:
            error = {"error": error}
        return msgspec.json.encode(error | {"id": request_id})

    def subscribe(self, names: list[str]) -> None:
        """Add streams; names already there stay as they are."""
        for name in names:
            self.streams[name] = None

    def _subscribe(self, request: dict[str, object]) -> None:
        names = _names(request)
        if len(self.streams | dict.fromkeys(names)) > MAX_STREAMS:
            raise _RefusedError(4, "Too many subscriptions", "Invalid request")
        self.subscribe(names)

    def _unsubscribe(self, request: dict[str, object]) -> None:
        for name in _names(request):
            self.streams.pop(name, None)

    def _list(self, request: dict[str, object]) -> list[str]:
        if request.get("params"):
            raise _RefusedError(2, "Invalid request: too many parameters")
        return list(self.streams)

    def _set_property(self, request: dict[str, object]) -> None:
        params = _params(request, 2)
        _check_property(params[0])
        if not isinstance(params[1], bool):
            raise _RefusedError(1, "Invalid value type: expected Boolean")
        self.combined = params[1]

    def _get_property(self, request: dict[str, object]) -> bool:
        _check_property(_params(request, 1)[0])
        return self.combined


_Method = Callable[[Session, dict[str, object]], object]

_METHODS: dict[str, _Method] = {
    "SUBSCRIBE": Session._subscribe,
    "UNSUBSCRIBE": Session._unsubscribe,
    "LIST_SUBSCRIPTIONS": Session._list,
    "SET_PROPERTY": Session._set_property,
    "GET_PROPERTY": Session._get_property,
}


def is_subscribe(text: str) -> bool:
    """Return whether a control message subscribes to streams."""
    try:
        return _parsed(text).get("method") == "SUBSCRIBE"
    except _RefusedError:
        return False


def _parsed(text: str) -> dict[str, object]:
    try:
        request = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise _RefusedError(3, f"Invalid JSON: {error}") from None
    if not isinstance(request, dict):
        raise _RefusedError(2, "Invalid request: expected an object")
    return request


def _checked_id(request: dict[str, object]) -> object:
    request_id = request.get("id")
    if request_id is None or (isinstance(request_id, str) and len(request_id) <= MAX_ID_LENGTH):
        return request_id
    is_number = isinstance(request_id, int) and not isinstance(request_id, bool)
    if is_number and request_id in _ID_RANGE:
        return request_id
    raise _RefusedError(
        2,
        "Invalid request: request ID must be a signed 64-bit integer, "
        f"an alphanumeric string of at most {MAX_ID_LENGTH} characters, or null",
    )


def _method(request: dict[str, object]) -> _Method:
    name = request.get("method")
    if name is None:
        raise _RefusedError(2, "Invalid request: missing field `method`")
    if not isinstance(name, str) or name not in _METHODS:
        known = ", ".join(f"`{known}`" for known in _METHODS)
        raise _RefusedError(
            2, f"Invalid request: unknown variant `{name}`, expected one of {known}"
        )
    return _METHODS[name]


def _names(request: dict[str, object]) -> list[str]:
    params = request.get("params")
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise _RefusedError(2, "Invalid request: expected params to be a list of stream names")
    return params


def _params(request: dict[str, object], count: int) -> list[object]:
    params = request.get("params")
    if not isinstance(params, list) or len(params) != count:
        raise _RefusedError(2, f"Invalid request: expected {count} parameters")
    return params


def _check_property(name: object) -> None:
    if not isinstance(name, str):
        raise _RefusedError(2, "Invalid request: property name must be a string")
    if name != "combined":
        raise _RefusedError(0, f"Unknown property: {name}")
