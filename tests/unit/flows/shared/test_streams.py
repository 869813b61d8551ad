"""Whether a stream may still bring a range: what a flow must know before it appends."""

import pytest

from flows.backfill.flow import BackfillError, check_streams, check_windows
from flows.shared.streams import Reached, Streams, newest_offsets

IDS, TIMES_MS = range(10, 20), range(5_000, 9_001)
SYMBOL = "BTCUSDT"


def streams(streamed: Reached | None, stored: Reached | None) -> Streams:
    offsets = {} if stored is None else {SYMBOL: stored}
    return Streams(lambda *_: streamed, lambda: offsets)


def still_to_come(streamed: Reached | None, stored: Reached | None) -> str:
    return streams(streamed, stored).still_to_come(SYMBOL, IDS, TIMES_MS)


def test_a_later_trade_that_the_stream_has_brought_frees_what_is_before_it() -> None:
    assert still_to_come(Reached(20, 9_000), Reached(20, 9_000)) == ""
    assert still_to_come(Reached(19, 9_000), Reached(19, 9_000)) == ""


def test_a_symbol_of_which_no_connector_has_an_offset_is_free() -> None:
    assert still_to_come(None, None) == ""


def test_a_connector_that_is_down_keeps_what_is_after_its_offset() -> None:
    reason = still_to_come(Reached(12, 6_000), Reached(12, 6_000))
    assert "the connector's offset of BTCUSDT is at id 12, expected it at 19" in reason


def test_a_job_that_is_down_keeps_what_kafka_holds() -> None:
    for streamed in (None, Reached(12, 6_000)):
        reason = still_to_come(streamed, Reached(5_000, 80_000))
        assert "the job `bronze` has not brought id 19 or a later one yet" in reason


def test_ids_of_an_earlier_sequence_free_nothing() -> None:
    before = Reached(5_000_000, 4_000)
    assert "job `bronze`" in still_to_come(before, Reached(20, 9_000))
    assert "connector's offset" in still_to_come(before, before)


def test_a_trade_of_a_later_sequence_frees_all_before_it() -> None:
    assert still_to_come(Reached(3, 80_000), Reached(3, 80_000)) == ""


def test_bronze_is_asked_once_for_a_symbol_whose_ranges_come_in_order() -> None:
    asked: list[tuple[str, int]] = []

    def streamed(symbol: str, since_ms: int) -> Reached:
        asked.append((symbol, since_ms))
        return Reached(100, 90_000)

    one = Streams(streamed, dict)
    for start in (5_000, 7_000, 6_000):
        assert one.still_to_come(SYMBOL, IDS, range(start, 9_001)) == ""
    assert asked == [(SYMBOL, 5_000)]
    assert one.still_to_come(SYMBOL, IDS, range(4_000, 9_001)) == ""
    assert asked[1:] == [(SYMBOL, 4_000)]


def test_the_newest_offset_of_a_symbol_counts_whichever_connector_stored_it() -> None:
    def key(connector: str, **partition: str) -> bytes:
        inside = ",".join(f'"{name}":"{value}"' for name, value in partition.items())
        return f'["{connector}",{{{inside}}}]'.encode()

    trades = {"market": "binance-spot", "stream": "trade", "symbol": SYMBOL}
    stored = {
        key("retired", **trades): b'{"trade_id":7,"event_time_ms":1000}',
        key("binance-spot", **trades): b'{"trade_id":30,"event_time_ms":9000}',
        key("books", **trades | {"stream": "depth"}): b'{"book_sequence":8}',
        key("usdm", **trades | {"market": "binance-usdm"}): b'{"trade_id":99,"event_time_ms":9999}',
        key("binance-spot", market="binance-spot", partition="3"): b'{"heartbeat_ms":5}',
    }
    assert newest_offsets(stored) == {SYMBOL: Reached(30, 9_000)}


def test_a_backfill_of_what_a_stream_may_bring_is_refused() -> None:
    check_streams(streams(Reached(20, 9_000), None), SYMBOL, IDS, TIMES_MS)
    with pytest.raises(BackfillError, match="expected a span that no stream will bring, but the "):
        check_streams(streams(None, Reached(12, 6_000)), SYMBOL, IDS, TIMES_MS)
    check_windows(SYMBOL, frozenset())
    with pytest.raises(BackfillError, match="found candles_1m, candles_1s behind"):
        check_windows(SYMBOL, frozenset({"candles_1s", "candles_1m"}))
