"""A proof and the demo read captures as the replay does: they skip the same lines."""

import gzip
from pathlib import Path

import pytest

from simulator.captures.feed import CaptureFeed
from simulator.errors import CaptureError
from tests.support.simulated_exchange import START_MS, line, trade_line, write_capture
from tidemark.commands.demo import choose_source
from verify.captures import depth_stream_speed, find_files, read_books, read_trades
from verify.proof import expect

BAD = [
    trade_line(9, START_MS)[:80],
    trade_line(9, START_MS).replace('"t":9,', ""),
    trade_line(9, START_MS).replace("0.02000000", "much"),
    "\0" * 64,
]
GOOD = [trade_line(number, START_MS + number) for number in range(1, 6)]


def broken(folder: Path) -> Path:
    """Write a capture with bad lines among good ones, a bad byte, and without its end."""
    lines = [text.encode() for pair in zip(GOOD, [*BAD, "none"], strict=True) for text in pair]
    lines.insert(3, trade_line(8, START_MS).encode().replace(b'"M":true', b'"M":"\xff"'))
    path = folder / "spot_btcusdt.gz"
    whole = gzip.compress(b"\n".join(lines) + b"\n")
    path.write_bytes(whole[:-8])
    return path


def test_a_proof_expects_the_trades_that_a_replay_of_a_broken_capture_sends(tmp_path: Path) -> None:
    path = broken(tmp_path)
    feed = CaptureFeed([path])
    sent = [frame.trade.trade_id for frame in feed.frames() if frame.trade]
    (trades,) = read_trades([path]).values()
    assert [trade.trade_id for trade in trades] == sent == [1, 2, 3, 4, 5]
    assert feed.skipped == len(BAD) + 3


def test_a_proof_and_the_demo_go_on_with_a_broken_capture(tmp_path: Path) -> None:
    broken(tmp_path)
    assert len(expect(tmp_path).trades["BTCUSDT"]) == 5
    source = choose_source(tmp_path, "simulator", "", "60")
    assert source.symbols == ["BTCUSDT"]


def test_what_was_skipped_is_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_capture(tmp_path / "spot_said.gz", [*GOOD, *BAD])
    for _ in range(2):
        read_trades([path])
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "4 lines of a capture skipped, the first"
    ]
    assert "spot_said.gz:6" in caplog.text


def test_an_archive_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "spot_a.gz").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(CaptureError, match=r"spot_a\.gz: .* found a zip archive"):
        expect(tmp_path)


def test_a_file_of_coin_margined_futures_is_left_out_by_name(tmp_path: Path) -> None:
    write_capture(tmp_path / "coinm_btcusd.gz", GOOD)
    write_capture(tmp_path / "spot_a.gz", GOOD)
    expectation = expect(tmp_path)
    assert [file.market for file in expectation.left_out] == ["binance-coinm"]
    assert [file.supported for file in find_files(tmp_path)] == [False, True]


def test_a_snapshot_that_names_its_symbol_is_of_that_book(tmp_path: Path) -> None:
    snapshot = f'{START_MS}000000 {{"lastUpdateId":7,"bids":[],"asks":[],"symbol":"ETHUSDT"}}'
    path = write_capture(tmp_path / "spot_a.gz", [*GOOD, snapshot])
    assert list(read_books([path])) == ["ETHUSDT"]


def test_a_trade_whose_id_was_given_before_is_another_trade(tmp_path: Path) -> None:
    again = [trade_line(number, START_MS + 1_000 + number) for number in range(1, 4)]
    path = write_capture(tmp_path / "spot_a.gz", [*GOOD, *GOOD, *again])
    (trades,) = read_trades([path]).values()
    assert [trade.trade_id for trade in trades] == [1, 2, 3, 4, 5, 1, 2, 3]


def test_a_books_diffs_are_of_one_speed_the_fastest_of_a_journal(tmp_path: Path) -> None:
    def diff(stream: str, last: int) -> str:
        data = {"e": "depthUpdate", "E": START_MS, "s": "BTCUSDT", "U": 1, "u": last}
        return line(START_MS, f"btcusdt@{stream}", data | {"b": [], "a": []})

    streams = ("depth", "depth@500ms", "depth@100ms", "depth5@100ms")
    lines = [diff(stream, number) for number, stream in enumerate(streams)]
    path = write_capture(tmp_path / "spot_a.gz", lines)
    assert depth_stream_speed([path]) == "100ms"
    assert [event["u"] for event in read_books([path])["BTCUSDT"]] == [2]
