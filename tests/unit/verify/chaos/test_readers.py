"""What an observer keeps of MongoDB and of the simulator's journal, and what it prints."""

import gzip
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from rich.console import Console

from verify.chaos.endings import Endings
from verify.chaos.judge import FalseTrust
from verify.chaos.live_rows import TableReader
from verify.chaos.plan import Fault, Kind, Plan
from verify.chaos.run import Outcome
from verify.chaos.topic_rows import unmarked
from verify.chaos.truth import read_truth
from verify.chaos.view import outcome_json, show_outcome

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
START_MS = int(START.timestamp() * 1_000)


def document(second: int, **values: Any) -> RawBSONDocument:
    start = START + timedelta(seconds=second)
    return RawBSONDocument(
        bson.encode(
            {
                "_id": f"binance-spot|BTCUSDT|1s|{start:%Y-%m-%dT%H:%M:%SZ}",
                "market": "binance-spot",
                "symbol": "BTCUSDT",
                "window_start": start,
                "trade_count": Int64(1),
                "high": Decimal128("1.5"),
                **values,
            }
        )
    )


def test_each_distinct_version_of_a_document_is_kept_with_its_first_reading() -> None:
    reader = TableReader("candles_1s")
    reader.take([document(0)], 0, is_whole=True)
    reader.take([document(0), document(1)], 1, is_whole=False)
    reader.take([document(0, revision=1), document(1)], 2, is_whole=False)
    found = reader.observed()
    starts = [(one.key[2] - START_MS, one.order, one.row.get("revision")) for one in found.versions]
    assert starts == [(0, 0, None), (1_000, 1, None), (0, 2, 1)]
    assert found.versions[0].row["high"] == Decimal("1.5")
    assert type(found.versions[0].row["trade_count"]) is int
    ((last,),) = (rows for key, rows in found.final.items() if key[2] == START_MS)
    assert last["revision"] == 1


def test_a_reading_reaches_back_from_what_the_one_before_it_saw() -> None:
    reader = TableReader("candles_1s")
    assert reader.wanted(is_whole=False) == {}
    reader.take([document(0)], 0, is_whole=False)
    reader.take([document(500)], 1, is_whole=False)
    (since,) = reader.wanted(is_whole=False)["window_start"].values()
    assert since < START + timedelta(seconds=500)
    assert reader.wanted(is_whole=True) == {}


def test_a_document_that_a_full_reading_lacks_has_vanished() -> None:
    reader = TableReader("candles_1s")
    reader.take([document(0), document(1)], 0, is_whole=True)
    reader.take([document(1)], 1, is_whole=False)
    assert reader.observed().vanished == []
    reader.take([document(1)], 2, is_whole=True)
    found = reader.observed()
    assert found.vanished == [("binance-spot", "BTCUSDT", START_MS)]
    assert [key[2] for key in found.final] == [START_MS + 1_000]


def write_journal(folder: Path, market: str, frames: list[dict[str, Any]]) -> None:
    with gzip.open(folder / f"{market}_journal_1.gz", "wt") as file:
        for frame in frames:
            file.write(f"{START_MS}000000 {json.dumps(frame, separators=(',', ':'))}\n")


def stream(name: str, **data: Any) -> dict[str, Any]:
    return {"stream": f"btcusdt@{name}", "data": {"s": "BTCUSDT", **data}}


def trade(trade_id: int, time_ms: int) -> dict[str, Any]:
    made = {"t": trade_id, "p": "10.0", "q": "2.0", "T": time_ms, "m": False}
    return stream("trade", e="trade", **made)


def test_the_truth_is_all_trades_of_a_journal_and_the_diff_stream_that_connectors_read(
    tmp_path: Path,
) -> None:
    snapshot = {"lastUpdateId": 1, "bids": [["9", "1"]], "asks": [["11", "1"]], "symbol": "BTCUSDT"}
    diff = {"e": "depthUpdate", "E": START_MS + 100, "U": 2, "u": 2, "b": [["9.5", "1"]], "a": []}
    frames = [
        snapshot,
        trade(7, START_MS + 50),
        stream("depth@100ms", **diff),
        stream("depth", **(diff | {"u": 3})),
        stream("bookTicker", u=2),
        {"stream": "!simulator", "data": {"e": "reset_ids", "s": "BTCUSDT"}},
        trade(1, START_MS + 60),
    ]
    write_journal(tmp_path, "spot", frames)
    write_journal(tmp_path, "usdm", [snapshot, stream("depth@100ms", **diff, T=START_MS, pu=1)])
    truth = read_truth(tmp_path, {}, START_MS + 60_000)
    candle = truth.expected("candles_1s", ("binance-spot", "BTCUSDT", START_MS))
    assert candle is not None
    assert (candle["trade_count"], candle["open"]) == (2, Decimal("10.0"))
    book = truth.expected("liquidity_1s", ("binance-usdm", "BTCUSDT", START_MS))
    assert book is not None
    assert (book["synced_ms"], book["mid_last"]) == (1_000, 10.25)


PLAN = Plan(41, 12, 3, (Fault(20.0, Kind.KILL, target="kafka"), Fault(21.0, Kind.CUT, 2.0)))


def outcome(**changes: Any) -> Outcome:
    name = ("kafka", "candles_1s")
    values: dict[str, Any] = {
        "namespace": "verify_1",
        "plan": PLAN,
        "published": Counter({name: 10}),
        "claimed": Counter({name: 8}),
        "false_trust": [],
        "endings": Endings(),
        "unmarked_late": [],
        "lagging": [],
        "failures": [],
    }
    return Outcome(**(values | changes))


def shown(found: Outcome) -> str:
    console = Console(file=io.StringIO(), width=140)
    show_outcome(found, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_green_run_says_its_seed_its_plan_and_its_counts() -> None:
    text = shown(outcome(endings=Endings(repair_s=[4.0, 8.0])))
    assert "seed 41: no false trust" in text
    assert "20.0 s  kill  kafka" in text
    assert "median 6.0 s, max 8.0 s of 2 rows" in text
    assert outcome_json(outcome())["rows"][0]["did_not_claim"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"false_trust": [FalseTrust("kafka", "candles_1s", ("m", "S", 0), "here", "lacks 2")]},
        {"endings": Endings(unresolved=["silver candles_1s m|S lacks 2"])},
        {"unmarked_late": ["trades.binance-spot lacks 2"]},
        {"lagging": ["silver candles_1s lacks 2"]},
        {"failures": ["repair: lacks 2"]},
    ],
)
def test_whatever_is_wrong_makes_a_run_red_and_is_shown(wrong: dict[str, Any]) -> None:
    found = outcome(**wrong)
    assert not found.green
    assert outcome_json(found)["green"] is False
    assert "lacks 2" in shown(found)
    assert "seed 41: NOT VERIFIED" in shown(found)


def test_a_record_behind_a_heartbeat_of_its_partition_must_say_that_it_is_late() -> None:
    def record(kind: str, time_ms: int, **more: int) -> dict[str, Any]:
        return {"kind": kind, "event_time_ms": time_ms, "symbol": "BTCUSDT", **more}

    records = [
        (0, 1, record("heartbeat", 5_400)),
        (0, 2, record("trade", 5_000)),  # the heartbeat's own second is open
        (0, 3, record("trade", 4_999, late_after_ms=5_400)),
        (1, 4, record("trade", 4_999)),
        (0, 5, record("heartbeat", 4_000)),
        (0, 6, record("gap", 4_999)),
    ]
    (found,) = unmarked(records)
    assert found == (
        "partition 0 offset 6: gap of BTCUSDT at 4999, expected late_after_ms 5400, found none"
    )
