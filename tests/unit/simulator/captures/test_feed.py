import gzip
import json

import pytest

from simulator.captures.feed import CaptureFeed
from simulator.errors import CaptureError
from tests.support.simulated_exchange import (
    CAPTURES,
    SKEW_MS,
    START_MS,
    line,
    needs_captures,
    trade_line,
    write_capture,
)

BOOK_TICKER = {"u": 50, "s": "BTCUSDT", "b": "1.00000000", "B": "1", "a": "2", "A": "1"}


def test_frames_keep_their_text_exactly_and_are_due_at_their_event_time(tmp_path):
    text = trade_line(7, START_MS)
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", [text])])
    (frame,) = feed.frames()
    assert b'"data":' + frame.payload + b"}" in text.encode()
    assert (frame.due_ms, frame.stream) == (START_MS, "btcusdt@trade")
    assert frame.trade is not None
    assert (frame.trade.trade_id, frame.trade.time_ms) == (7, START_MS)


def test_a_frame_without_event_time_is_due_by_receive_time_on_the_exchange_clock(tmp_path):
    lines = [
        line(START_MS - SKEW_MS - 5, "btcusdt@bookTicker", BOOK_TICKER),
        trade_line(1, START_MS),
        line(START_MS - SKEW_MS + 40, "btcusdt@bookTicker", BOOK_TICKER),
    ]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", lines)])
    assert [frame.due_ms for frame in feed.frames()] == [START_MS - 5, START_MS, START_MS + 40]
    assert feed.start_ms == START_MS - 6


def test_due_times_never_go_back_when_event_times_do(tmp_path):
    late = trade_line(2, START_MS - 4).split(" ", 1)[1]
    lines = [trade_line(1, START_MS), f"{START_MS - SKEW_MS}500000 {late}"]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", lines)])
    assert [frame.due_ms for frame in feed.frames()] == [START_MS, START_MS]


def test_several_files_are_one_capture_merged_by_receive_time(tmp_path):
    first = [trade_line(1, START_MS), trade_line(2, START_MS + 20)]
    other = [trade_line(9, START_MS + 10, "ETHUSDT"), trade_line(10, START_MS + 30, "ETHUSDT")]
    write_capture(tmp_path / "spot_ethusdt.gz", other)
    write_capture(tmp_path / "spot_btcusdt.gz", first)
    feed = CaptureFeed([tmp_path])
    assert [frame.trade.trade_id for frame in feed.frames() if frame.trade] == [1, 9, 2, 10]
    assert [rule.symbol for rule in feed.rules] == ["BTCUSDT", "ETHUSDT"]


def test_a_capture_is_read_again_for_every_replay_with_the_same_frames(tmp_path):
    lines = [trade_line(n, START_MS + n) for n in range(1, 4)]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", ["no time", *lines])])
    assert list(feed.frames()) == list(feed.frames())
    assert (feed.frames_total, feed.skipped, len(feed.problems)) == (3, 1, 1)


def test_a_file_that_vanishes_before_its_replay_is_one_clear_error(tmp_path):
    path = write_capture(tmp_path / "spot_a.gz", [trade_line(1, START_MS)])
    feed = CaptureFeed([path])
    path.unlink()
    with pytest.raises(CaptureError, match=r"spot_a\.gz: expected a complete gzip file"):
        list(feed.frames())


def test_a_day_is_opened_when_the_day_before_it_is_nearly_over(tmp_path, monkeypatch):
    day_ms, opened, open_gzip = 86_400_000, [], gzip.open
    for day in range(3):
        lines = [trade_line(10 * day + n, START_MS + day * day_ms + n) for n in range(2)]
        write_capture(tmp_path / f"spot_{day}.gz", lines)
    feed = CaptureFeed([tmp_path])
    frames = feed.frames()
    first = next(frames)
    monkeypatch.setattr(gzip, "open", lambda path: opened.append(path.name) or open_gzip(path))
    assert [first.due_ms - START_MS, next(frames).due_ms - START_MS] == [0, 1]
    assert opened == []
    assert [frame.trade.trade_id for frame in frames if frame.trade] == [10, 11, 20, 21]
    assert opened == ["spot_1.gz", "spot_2.gz"]


def test_lines_that_do_not_parse_are_counted_reported_and_skipped(tmp_path):
    lines = [
        trade_line(1, START_MS),
        "no time",
        f"{START_MS}000000 {{broken",
        trade_line(2, START_MS),
    ]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", lines)])
    assert feed.frames_total == 2
    assert feed.skipped == 2
    assert [(problem.file, problem.line) for problem in feed.problems] == [
        ("spot_a.gz", 2),
        ("spot_a.gz", 3),
    ]
    assert str(feed.problems[0]).startswith("spot_a.gz:2: expected a receive time")


def test_a_trade_without_id_is_a_problem_not_a_frame(tmp_path):
    data = {"e": "trade", "E": START_MS, "s": "BTCUSDT"}
    lines = [trade_line(1, START_MS), line(START_MS, "btcusdt@trade", data)]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", lines)])
    assert (feed.frames_total, feed.skipped) == (1, 1)


def test_a_snapshot_is_kept_for_rest_and_belongs_to_the_symbol_with_the_nearest_ids(tmp_path):
    snapshot = json.dumps({"lastUpdateId": 51, "bids": [], "asks": []})
    far = BOOK_TICKER | {"u": 9_000_000, "s": "ETHUSDT"}
    lines = [
        line(START_MS, "btcusdt@bookTicker", BOOK_TICKER),
        line(START_MS, "ethusdt@bookTicker", far),
        f"{START_MS}000000 {snapshot}",
    ]
    feed = CaptureFeed([write_capture(tmp_path / "spot_a.gz", lines)])
    last = list(feed.frames())[-1]
    assert (last.stream, last.symbol, last.payload) == ("", "BTCUSDT", snapshot.encode())
    assert "" not in feed.streams


@pytest.mark.parametrize("extra", [{"pu": 3, "u": 4}, {"X": "MARKET"}])
def test_a_futures_capture_is_refused_by_name(tmp_path, extra):
    data = {"e": "trade", "E": START_MS, "s": "BTCUSDT", **extra}
    path = write_capture(tmp_path / "um.gz", [line(START_MS, "btcusdt@trade", data)])
    with pytest.raises(CaptureError, match=r"um\.gz: expected spot, found USD-M futures"):
        CaptureFeed([path])


def test_a_missing_path_an_empty_folder_and_a_broken_file_have_one_clear_error_each(tmp_path):
    with pytest.raises(CaptureError, match="expected a file or folder, found none"):
        CaptureFeed([tmp_path / "absent.gz"])
    with pytest.raises(CaptureError, match=r"expected spot captures \*\.gz"):
        CaptureFeed([tmp_path])
    broken = tmp_path / "spot_broken.gz"
    broken.write_bytes(write_capture(tmp_path / "spot_a.gz", ["x" * 4000]).read_bytes()[:-9])
    with pytest.raises(CaptureError, match="expected a complete gzip file"):
        CaptureFeed([broken])


def test_a_capture_without_a_single_frame_names_its_first_problem(tmp_path):
    path = write_capture(tmp_path / "spot_a.gz", ["nothing here"])
    with pytest.raises(CaptureError, match=r"found 0; 1 lines skipped, the first: spot_a\.gz:1"):
        CaptureFeed([path])


@needs_captures
def test_the_recorded_capture_is_read_whole():
    feed = CaptureFeed([CAPTURES])
    trades = [frame.trade for frame in feed.frames() if frame.trade is not None]
    assert (feed.frames_total, feed.skipped, len(trades)) == (99_574, 0, 19_904)
    assert feed.streams == {"btcusdt@depth@100ms", "btcusdt@trade", "btcusdt@bookTicker"}
    assert [each.trade_id for each in trades] == list(range(3_735_683_259, 3_735_703_163))
