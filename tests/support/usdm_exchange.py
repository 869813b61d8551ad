"""A small USD-M capture in the shape of the real one, for tests."""

import json
from pathlib import Path

from tests.support.simulated_exchange import SKEW_MS, START_MS, line, trade_line, write_capture

FIRST_ID = 5_266_583_935


def usdm_line(stream: str, step_ms: int, event: str, **data: object) -> str:
    event_time_ms = START_MS + step_ms
    body = {"e": event, "E": event_time_ms, "T": event_time_ms - 1, "s": "BTCUSDT"} | data
    return line(event_time_ms - SKEW_MS, stream, body)


def trade(number: int, step_ms: int, kind: str = "MARKET") -> str:
    fields = {"t": FIRST_ID + number, "p": "61800.30", "q": "0.006", "X": kind, "m": False}
    return usdm_line("btcusdt@trade", step_ms, event="trade", **fields)


def diff(previous: int, first: int, last: int, step_ms: int, bids=(), asks=()) -> str:
    ids = {"event": "depthUpdate", "pu": previous, "U": first, "u": last}
    return usdm_line("btcusdt@depth@100ms", step_ms, **ids, b=bids, a=asks)


def snapshot(update_id: int, step_ms: int) -> str:
    body = {
        "lastUpdateId": update_id,
        "E": START_MS + step_ms,
        "T": START_MS + step_ms - 8,
        "bids": [["61800.20", "2.909"]],
        "asks": [["61800.30", "1.000"]],
    }
    return f"{START_MS + step_ms - SKEW_MS}000000 {json.dumps(body)}"


USDM_LINES = (
    diff(70, 80, 90, 0, [["61799.00", "9.000"]]),
    trade(0, 10),
    snapshot(100, 15),
    diff(90, 110, 120, 20, [["61800.20", "3.000"]]),
    trade(1, 19),  # its event time goes back
    usdm_line("btcusdt@aggTrade", 30, event="aggTrade", a=7, p="61800.30", q="0.012", m=False),
    trade(2, 40, "INSURANCE_FUND"),
    diff(120, 121, 130, 50, [["61800.10", "4.000"]], [["61800.30", "0.000"], ["61800.50", "1.5"]]),
)


def write_both(folder: Path) -> Path:
    """Write a spot and a USD-M capture of the same time into a folder."""
    write_capture(folder / "spot_btcusdt.gz", [trade_line(n, START_MS + 10 * n) for n in range(5)])
    write_capture(folder / "usdm_btcusdt.gz", USDM_LINES)
    return folder
