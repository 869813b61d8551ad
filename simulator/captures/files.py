"""Which files make up a capture, and the market that each was recorded from.

A file belongs to the market that its name begins with (``spot_``, ``usdm_``, ``coinm_``). With
another name it belongs to USD-M if its first lines can only come from there, otherwise to spot.
COIN-M futures are not supported: their files are named and left out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from simulator.binance.venues import Market
from simulator.captures.lines import CaptureFile, lines_of, refuse_other_formats
from simulator.captures.reader import holds_coin_margined, holds_futures
from simulator.errors import CaptureError

MARKET_NAMES = {Market.SPOT: "spot", Market.USDM: "USD-M futures"}
COIN_MARGINED = "COIN-M futures"
LINES_PROBED = 2_000
"""Lines read to find out a file's market."""
_PREFIXES = {"spot": Market.SPOT, "usdm": Market.USDM, "coinm": None}
_ARCHIVES = (".zip", ".csv")


@dataclass(frozen=True, slots=True)
class CaptureFiles:
    """The files of a capture.

    Attributes:
        unsupported: those of COIN-M futures, which are left out.
    """

    used: tuple[CaptureFile, ...]
    unsupported: tuple[Path, ...]


def recorded_market(path: Path) -> Market | None:
    """Return the market that a file was recorded from; None for COIN-M futures.

    Raises:
        CaptureError: it is unreadable, or an archive instead of a capture.
    """
    refuse_other_formats(path)
    prefix = path.name.partition("_")[0]
    if prefix in _PREFIXES:
        return _PREFIXES[prefix]
    lines = list(islice(lines_of(CaptureFile(path, Market.SPOT)), LINES_PROBED))
    if not holds_futures(lines):
        return Market.SPOT
    return None if holds_coin_margined(lines) else Market.USDM


def folder_files(folder: Path) -> list[Path]:
    """Return the ``*.gz`` files of a folder, sorted by name."""
    return sorted(folder.glob("*.gz")) if folder.is_dir() else []


def archive_hint(folder: Path) -> str:
    """Return a hint about the archives in a folder without captures; empty without any."""
    names = sorted(path.name for path in folder.glob("*") if path.suffix in _ARCHIVES)
    return f" beside {', '.join(names)}, which an archive connector reads" if names else ""


def capture_files(paths: Sequence[Path], markets: Collection[Market]) -> CaptureFiles:
    """Return the files that paths name; a folder stands for its ``*.gz`` of those markets.

    Raises:
        CaptureError: a path does not exist, is not a capture or of another market, or a folder
            has no capture.
    """
    used: list[CaptureFile] = []
    unsupported: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CaptureError(f"capture {path}: expected a file or folder, found none")
        named = folder_files(path) if path.is_dir() else [path]
        of_market = [(one, recorded_market(one)) for one in named]
        left_out = [one for one, market in of_market if market is None]
        known = [CaptureFile(one, market) for one, market in of_market if market is not None]
        if known or not left_out:
            used += _of_folder(path, known, markets) if path.is_dir() else _alone(known, markets)
        unsupported += left_out
    if not used:
        names = ", ".join(str(path) for path in unsupported)
        raise CaptureError(f"capture {names}: expected {_wanted(markets)}, found {COIN_MARGINED}")
    return CaptureFiles(tuple(used), tuple(unsupported))


def _alone(known: Sequence[CaptureFile], markets: Collection[Market]) -> Sequence[CaptureFile]:
    for file in known:
        if file.market not in markets:
            raise CaptureError(
                f"capture {file.path}: expected {_wanted(markets)}, found "
                f"{MARKET_NAMES[file.market]}; leave it out or ask for its market"
            )
    return known


def _of_folder(
    folder: Path, known: Sequence[CaptureFile], markets: Collection[Market]
) -> list[CaptureFile]:
    found = [file for file in known if file.market in markets]
    if not found:
        raise CaptureError(
            f"capture {folder}: expected {_wanted(markets)} captures *.gz in it, found 0"
            f"{archive_hint(folder)}"
        )
    return found


def _wanted(markets: Collection[Market]) -> str:
    return " or ".join(MARKET_NAMES[market] for market in markets)
