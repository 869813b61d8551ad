"""What the exchange said about staying away, remembered for the whole machine.

The exchange counts by address and not by process: a restarted task, another worker or a flow must
not ask while a ban lasts, or it grows. So each host's order to wait is kept in a small file. The
file holds wall time, because nothing else means the same to two processes and after a reboot;
whoever reads it measures what is left on a monotonic clock from then on, and never waits longer
than the order was.
"""

import logging
import os
import tempfile
from pathlib import Path

import msgspec

HOME_VARIABLE = "TIDEMARK_HOME"

_LOG = logging.getLogger(__name__)


class _Order(msgspec.Struct, frozen=True):
    """An order to wait, with the wall time at which it came."""

    noted_ms: int
    seconds: float


class BanMemory:
    """The orders of one host.

    Args:
        name: of the host, with whatever else distinguishes it from others.
        folder: where the file is; by default as the environment says.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        safe = "".join(letter if letter.isalnum() else "-" for letter in name)
        self._path = (folder or _folder()) / f"{safe}.json"
        self._seen: tuple[int, int] | None = None

    def news_s(self, time_ms: int) -> float:
        """Return the seconds that are left of an order not returned before, 0 for none.

        Args:
            time_ms: our clock, epoch milliseconds.
        """
        try:
            stat = self._path.stat()
        except OSError:
            return 0.0
        seen = (stat.st_ino, stat.st_mtime_ns)
        if seen == self._seen:
            return 0.0
        self._seen = seen
        return self._left_s(time_ms)

    def remember(self, seconds: float, time_ms: int) -> None:
        """Keep an order, unless one that lasts longer is kept already.

        Args:
            seconds: how long to stay away.
            time_ms: our clock, epoch milliseconds.
        """
        if self._path.exists() and self._left_s(time_ms) >= seconds:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written = self._path.with_suffix(f".{os.getpid()}")
            written.write_bytes(msgspec.json.encode(_Order(time_ms, seconds)))
            written.replace(self._path)
            stat = self._path.stat()
        except OSError as error:
            _LOG.warning("%s: an order to wait was not kept for others: %s", self._path, error)
            return
        self._seen = (stat.st_ino, stat.st_mtime_ns)

    def _left_s(self, time_ms: int) -> float:
        try:
            order = msgspec.json.decode(self._path.read_bytes(), type=_Order)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _LOG.warning(
                "%s: expected an order of the exchange to wait, found %s; it is ignored",
                self._path,
                error,
            )
            return 0.0
        left_s = order.seconds - (time_ms - order.noted_ms) / 1000
        return max(0.0, min(left_s, order.seconds))


def _folder() -> Path:
    home = os.environ.get(HOME_VARIABLE) or Path(tempfile.gettempdir(), "tidemark")
    return Path(home).expanduser() / "rest-bans"
