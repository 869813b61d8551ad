from connectors.feeds.stream_silence import StreamSilence


def test_a_stream_that_never_sends_a_frame_is_reported_once() -> None:
    silence = StreamSilence(["BTCUSDT", "ETHUSDT"], limit_s=60)
    silence.on_connected(0.0)
    silence.on_frame("BTCUSDT")
    assert silence.overdue(59.9) == []
    assert silence.overdue(60.0) == ["ETHUSDT"]
    assert silence.overdue(600.0) == []


def test_the_wait_restarts_with_each_connection() -> None:
    silence = StreamSilence(["BTCUSDT"], limit_s=60)
    silence.on_connected(0.0)
    silence.on_disconnected()
    assert silence.overdue(61.0) == []
    silence.on_connected(61.0)
    assert silence.overdue(120.9) == []
    assert silence.overdue(121.0) == ["BTCUSDT"]
