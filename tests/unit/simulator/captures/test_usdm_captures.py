import pytest

from simulator.binance.venues import Market
from simulator.captures.feed import CaptureFeed
from simulator.engine.exchange import Exchange
from simulator.engine.symbols import usdm_rules
from simulator.errors import ApiError, CaptureError
from tests.support.simulated_exchange import CAPTURES, START_MS, needs_captures, write_capture
from tests.support.usdm_exchange import (
    FIRST_ID,
    USDM_LINES,
    diff,
    snapshot,
    trade,
    usdm_line,
    write_both,
)

BOTH = tuple(Market)


def test_both_markets_of_a_folder_are_one_feed_on_one_clock(tmp_path):
    feed = CaptureFeed([write_both(tmp_path)], BOTH)
    dues_ms = [frame.due_ms for frame in feed.frames()]
    assert dues_ms == sorted(dues_ms)
    assert [frame.market.value for frame in feed.frames()][:4] == ["spot", "usdm", "spot", "usdm"]
    assert feed.streams == {
        "btcusdt@trade",
        "public/btcusdt@trade",
        "public/btcusdt@depth@100ms",
        "market/btcusdt@aggTrade",
    }


def test_the_decimals_of_a_usdm_symbol_are_those_of_its_trades(tmp_path):
    spot, usdm = CaptureFeed([write_both(tmp_path)], BOTH).rules
    assert (spot.market, spot.price_digits) == (Market.SPOT, 8)
    assert (usdm.market, usdm.price_digits, usdm.quantity_digits) == (Market.USDM, 2, 3)
    assert usdm.tick_e8 == 10_000_000


def test_usdm_files_of_a_folder_are_left_out_unless_requested(tmp_path):
    feed = CaptureFeed([write_both(tmp_path)])
    assert [path.name for path in feed.files] == ["spot_btcusdt.gz"]
    assert {frame.market for frame in feed.frames()} == {Market.SPOT}


def test_a_file_of_usdm_is_also_recognised_by_its_first_lines(tmp_path):
    path = write_capture(tmp_path / "btcusdt.gz", USDM_LINES)
    assert {frame.market for frame in CaptureFeed([path], BOTH).frames()} == {Market.USDM}
    with pytest.raises(CaptureError, match="expected spot, found USD-M futures; leave it out"):
        CaptureFeed([path], [Market.SPOT])


def test_a_spot_file_is_refused_where_usdm_is_wanted(tmp_path):
    folder = write_both(tmp_path)
    with pytest.raises(CaptureError, match="expected USD-M futures, found spot"):
        CaptureFeed([folder / "spot_btcusdt.gz"], [Market.USDM])


def test_event_times_that_go_back_keep_their_place(tmp_path):
    feed = CaptureFeed([write_capture(tmp_path / "usdm_a.gz", USDM_LINES)], BOTH)
    trades = [frame for frame in feed.frames() if frame.stream == "public/btcusdt@trade"]
    assert [frame.due_ms - START_MS for frame in trades] == [10, 20, 40]
    assert b'"E":%d' % (START_MS + 19) in trades[1].payload


def test_insurance_fund_fills_are_sent_but_are_no_trades(tmp_path):
    feed = CaptureFeed([write_capture(tmp_path / "usdm_a.gz", USDM_LINES)], BOTH)
    trades = [frame.trade for frame in feed.frames() if frame.stream == "public/btcusdt@trade"]
    assert [each and each.trade_id - FIRST_ID for each in trades] == [0, 1, None]


def _book(tmp_path, *lines):
    feed = CaptureFeed([write_capture(tmp_path / "usdm_a.gz", [trade(0, 0), *lines])], BOTH)
    exchange = Exchange(feed.rules, None)
    for frame in feed.frames():
        exchange.record(frame)
    return exchange.book("BTCUSDT", 10)


def test_diffs_continue_a_snapshot_in_a_gap_of_the_sparse_ids(tmp_path):
    lines = [diff(70, 80, 90, 1), snapshot(100, 5), diff(90, 110, 120, 9, [["1.00", "2.000"]])]
    view = _book(tmp_path, *lines)
    assert (view.last_update_id, view.bids[-1]) == (120, ("1.00", "2.000"))
    assert view.transaction_time_ms == START_MS + 8


def test_a_broken_chain_makes_the_book_unknown(tmp_path):
    lines = [diff(70, 80, 90, 1), snapshot(100, 5), diff(110, 111, 120, 9)]
    with pytest.raises(ApiError, match="No orders on book"):
        _book(tmp_path, *lines)


def test_partial_depth_changes_no_book(tmp_path):
    partial = usdm_line(
        "btcusdt@depth5@100ms",
        9,
        event="depthUpdate",
        pu=100,
        U=101,
        u=102,
        b=[["9.00", "1.000"]],
        a=[],
    )
    view = _book(tmp_path, diff(70, 80, 90, 1), snapshot(100, 5), partial)
    assert (view.last_update_id, len(view.bids)) == (100, 1)


def test_a_quarterly_has_its_pairs_assets_and_the_last_decimal_is_the_tick():
    rules = usdm_rules("ETHUSDT_261225", 2, 3)
    assert (rules.base, rules.quote, rules.tick_e8) == ("ETH", "USDT", 1_000_000)


@needs_captures
def test_the_recorded_captures_are_read_together_and_whole():
    feed = CaptureFeed([CAPTURES], BOTH)
    usdm = [frame for frame in feed.frames() if frame.market is Market.USDM]
    assert (feed.frames_total, len(usdm), feed.skipped) == (193_528, 93_954, 0)
    ids = [frame.trade.trade_id for frame in usdm if frame.trade]
    assert ids == list(range(FIRST_ID, FIRST_ID + 21_313))
