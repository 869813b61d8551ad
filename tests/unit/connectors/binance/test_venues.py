"""What differs between the markets."""

import pytest

from connectors.binance.venues import SPOT, USDM, Venue, ticker_stream


@pytest.mark.parametrize(
    ("venue", "limit", "weight"),
    [
        (SPOT, 5, 5),
        (SPOT, 100, 5),
        (SPOT, 101, 25),
        (SPOT, 1_000, 50),
        (SPOT, 5_000, 250),
        (USDM, 50, 2),
        (USDM, 100, 5),
        (USDM, 500, 10),
        (USDM, 1_000, 20),
    ],
)
def test_a_snapshots_weight_follows_from_its_levels(venue: Venue, limit: int, weight: int) -> None:
    assert venue.accepts_limit(limit)
    assert venue.snapshot_weight(limit) == weight


@pytest.mark.parametrize(("venue", "limit"), [(SPOT, 0), (SPOT, 5_001), (USDM, 200), (USDM, 5_000)])
def test_limits_that_the_exchange_does_not_know_are_not_accepted(venue: Venue, limit: int) -> None:
    assert not venue.accepts_limit(limit)


def test_the_plain_speed_has_no_suffix() -> None:
    assert SPOT.depth_stream("BTCUSDT", "100ms") == "btcusdt@depth@100ms"
    assert SPOT.depth_stream("BTCUSDT", "1000ms") == "btcusdt@depth"
    assert USDM.depth_stream("BTCUSDT", "250ms") == "btcusdt@depth"
    assert USDM.depth_stream("BTCUSDT", "0ms") == "btcusdt@depth@0ms"
    assert ticker_stream("BTCUSDT") == "btcusdt@bookTicker"


def test_books_of_usdm_are_in_the_public_category() -> None:
    assert USDM.endpoints("live", "").stream_url == "wss://fstream.binance.com/public"
    simulated = USDM.endpoints("simulator", "http://127.0.0.1:9443/")
    assert simulated.stream_url == "ws://127.0.0.1:9443/public"
    assert simulated.rest_url == "http://127.0.0.1:9443"
    assert SPOT.endpoints("simulator", "http://h:1").stream_url == "ws://h:1"
