"""Captures as they are found: what is read, what is skipped with a reason, what is refused."""

import gzip
import io
import json
import zipfile

import pytest

from simulator.binance.venues import Market
from simulator.captures.feed import CaptureFeed
from simulator.errors import CaptureError
from tests.support.simulated_exchange import SKEW_MS, START_MS, line, trade_line, write_capture

BOTH = tuple(Market)
GOOD = [trade_line(number, START_MS + number) for number in range(1, 4)]


def _bytes(*lines):
    return gzip.compress(b"".join(each + b"\n" for each in lines))


def _feed(tmp_path, content, name="spot_a.gz", markets=BOTH):
    path = tmp_path / name
    path.write_bytes(content)
    return CaptureFeed([path], markets)


def _ids(feed):
    return [frame.trade.trade_id for frame in feed.frames() if frame.trade]


def _encoded(lines):
    return [each.encode() for each in lines]


def test_a_file_without_its_end_is_read_as_far_as_it_goes(tmp_path):
    stream = io.BytesIO()
    writer = gzip.GzipFile(fileobj=stream, mode="wb")
    for each in GOOD:
        writer.write(each.encode() + b"\n")
    writer.flush()
    feed = _feed(tmp_path, stream.getvalue())
    assert _ids(feed) == [1, 2, 3]
    (problem,) = feed.problems
    assert (problem.line, feed.skipped) == (4, 1)
    assert "expected a complete gzip file, it ends early, after 3 lines; what" in problem.reason


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (trade_line(9, START_MS)[:80].encode(), "truncated"),
        (trade_line(9, START_MS).encode().replace(b'"M":true', b'"M":"\xff"'), "byte 0xff"),
        (trade_line(9, START_MS).replace('"t":9,', "").encode(), "expected t and T"),
        (bytes(64), "found no time, and after the first space nothing"),
        (b"later " + b"x" * 99, f"after the first space {'x' * 60!r}"),
        (f'{START_MS} {{"ping":7}}'.encode(), """stream or lastUpdateId, found '{"ping":7}'"""),
        (
            f'{START_MS} {{"lastUpdateId":51,"bids":[],"asks":[]}}'.encode(),
            "a frame of a spot book before its snapshot, found none before lastUpdateId 51",
        ),
        (trade_line(9, START_MS).encode().replace(b"0.02000000", b"0." + b"1" * 31), "8 decimals"),
        (trade_line(9, START_MS).replace("0.02000000", "\u0660.\u0662").encode(), "8 decimals"),
        (trade_line(9, START_MS).replace('"s":"BTCUSDT",', "").encode(), "expected a symbol in s"),
    ],
)
def test_a_bad_line_is_skipped_and_counted_with_its_reason(tmp_path, bad, reason):
    first, *others = _encoded(GOOD)
    feed = _feed(tmp_path, _bytes(first, bad, *others))
    assert _ids(feed) == [1, 2, 3]
    assert [(each.file, each.line) for each in feed.problems] == [("spot_a.gz", 2)]
    assert reason in feed.problems[0].reason


def _zip(name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "1,61837.63,0.02,1236.75,1723161255000,True,True\n")
    return buffer.getvalue()


CSV = b"1,61837.63,0.02,1236.75,1723161255000,True,True\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [(_zip("BTCUSDT.csv"), "a zip archive"), (CSV, "CSV"), (gzip.compress(CSV), "CSV")],
    ids=["zip", "csv", "gzip of csv"],
)
def test_an_archive_is_refused_by_name_and_sent_to_the_archive_connector(tmp_path, content, found):
    with pytest.raises(CaptureError) as refused:
        _feed(tmp_path, content, "spot_archive.gz")
    assert "spot_archive.gz: expected gzip text with lines" in str(refused.value)
    assert f"found {found}; archives of the exchange are read by an archive" in str(refused.value)


def test_a_file_that_is_not_gzip_is_refused_by_name(tmp_path):
    with pytest.raises(CaptureError, match=r"spot_a\.gz: expected a complete gzip file, found"):
        _feed(tmp_path, b"\x89PNG\r\n")


def test_a_folder_of_archives_names_them(tmp_path):
    (tmp_path / "BTCUSDT-trades.zip").write_bytes(_zip("a.csv"))
    with pytest.raises(CaptureError, match=r"BTCUSDT-trades\.zip, which an archive connector"):
        CaptureFeed([tmp_path])


def test_a_file_without_one_good_line_is_refused_by_name_beside_good_ones(tmp_path):
    write_capture(tmp_path / "spot_good.gz", GOOD)
    write_capture(tmp_path / "spot_wrong.gz", ["first", "second"])
    with pytest.raises(CaptureError) as refused:
        CaptureFeed([tmp_path])
    assert "spot_wrong.gz: expected frames, found 0" in str(refused.value)
    assert "the first: spot_wrong.gz:1: expected a receive time" in str(refused.value)
    assert "spot_good" not in str(refused.value)


def test_times_in_microseconds_become_milliseconds(tmp_path):
    lines = [
        trade_line(number, (START_MS + number) * 1000 + 500).replace(
            f"{(START_MS + number) * 1000 + 500 - SKEW_MS}000000 ",
            f"{(START_MS + number - SKEW_MS) * 1000 + 500} ",
        )
        for number in range(1, 4)
    ]
    feed = _feed(tmp_path, _bytes(*_encoded(lines)))
    right = _feed(tmp_path, _bytes(*_encoded(GOOD)), "spot_b.gz")
    assert list(feed.frames()) == list(right.frames())


def test_times_of_a_candle_in_microseconds_become_milliseconds(tmp_path):
    candle = {"t": START_MS * 1000, "T": (START_MS + 1000) * 1000 - 1, "s": "BTCUSDT", "f": 7}
    data = {"e": "kline", "E": START_MS * 1000, "s": "BTCUSDT", "k": candle}
    feed = _feed(tmp_path, _bytes(line(START_MS, "btcusdt@kline_1s", data).encode()))
    (frame,) = feed.frames()
    sent = json.loads(frame.payload)
    assert (sent["E"], sent["k"]["t"], sent["k"]["T"]) == (START_MS, START_MS, START_MS + 999)


def test_times_in_nanoseconds_are_a_problem(tmp_path):
    bad = trade_line(9, START_MS).replace(f'"E":{START_MS}', f'"E":{START_MS}000000')
    feed = _feed(tmp_path, _bytes(*_encoded([*GOOD, bad])))
    assert "expected times of 13 or 16 digits" in feed.problems[0].reason


@pytest.mark.parametrize(
    "symbol",
    ["币安人生USDT", "我踏马来了USDT", "1INCHUSDT", "1000SATSUSDT", "4USDT", "BTCUSDT_260327"],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_a_symbol_of_any_letters_is_read_escaped_or_not(tmp_path, symbol, escaped):
    stamp, _, text = trade_line(1, START_MS, symbol).partition(" ")
    body = json.dumps(json.loads(text), ensure_ascii=escaped, separators=(",", ":"))
    feed = _feed(tmp_path, _bytes(f"{stamp} {body}".encode()))
    (frame,) = feed.frames()
    assert (frame.symbol, frame.stream) == (symbol, f"{symbol.lower()}@trade")
    assert [rule.symbol for rule in feed.rules] == [symbol]


def test_coin_margined_files_and_symbols_are_named_and_the_rest_is_replayed(tmp_path):
    coin = line(START_MS, "btcusd_perp@trade", {"e": "trade", "E": START_MS, "s": "BTCUSD_PERP"})
    merged = {"e": "trade", "E": START_MS, "s": "ETHUSD_260327", "X": "MARKET", "st": 2}
    write_capture(tmp_path / "coinm_btcusd.gz", [coin])
    write_capture(tmp_path / "spot_a.gz", GOOD)
    write_capture(tmp_path / "unnamed.gz", [line(START_MS, "ethusd_260327@trade", merged)])
    usdm = trade_line(5, START_MS).replace('"M":true', '"X":"MARKET","st":1')
    write_capture(tmp_path / "usdm_a.gz", [usdm, line(START_MS, "ethusd@trade", merged), coin])
    feed = CaptureFeed([tmp_path], BOTH)
    assert [path.name for path in feed.files] == ["spot_a.gz", "usdm_a.gz"]
    assert sorted(_ids(feed)) == [1, 2, 3, 5]
    named = [each.rpartition("/")[2] for each in feed.unsupported]
    assert named == ["coinm_btcusd.gz", "unnamed.gz", "BTCUSD_PERP", "ETHUSD_260327"]
    assert {each.reason for each in feed.problems} == {
        "symbol ETHUSD_260327: COIN-M futures are not supported",
        "symbol BTCUSD_PERP: COIN-M futures are not supported",
    }


def test_a_capture_of_coin_margined_futures_alone_is_refused(tmp_path):
    write_capture(tmp_path / "coinm_btcusd.gz", GOOD)
    with pytest.raises(CaptureError, match="expected spot or USD-M futures, found COIN-M futures"):
        CaptureFeed([tmp_path], BOTH)


def test_partial_depth_of_spot_has_its_symbol_from_the_streams_name(tmp_path):
    partial = {"lastUpdateId": 5, "bids": [], "asks": []}
    lines = [GOOD[0], line(START_MS, "btcusdt@depth20@100ms", partial)]
    feed = _feed(tmp_path, _bytes(*_encoded(lines)))
    assert [(frame.stream, frame.symbol) for frame in feed.frames()][1:] == [
        ("btcusdt@depth20@100ms", "BTCUSDT")
    ]
