"""What a refused handshake asks us to do."""

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from connectors.binance.rest_refusals import LONGEST_WAIT_S
from connectors.feeds.stream_client import _refusal


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        ("30", 30.0),
        (str(int(LONGEST_WAIT_S)), LONGEST_WAIT_S),
        ("1764000000000", LONGEST_WAIT_S),
        ("9" * 400, LONGEST_WAIT_S),
        ("-5", 0.0),
        ("soon", 0.0),
    ],
)
def test_an_order_to_wait_is_obeyed_but_for_no_longer_than_the_longest_ban(
    told: str, wait_s: float
) -> None:
    response = Response(429, "Too Many Requests", Headers({"Retry-After": told}), b"")
    assert _refusal(InvalidStatus(response))[1] == wait_s
