"""Silent streams, silent diffs, and whose turn it is to be audited."""

from connectors.feeds.book_watch import (
    AUDIT_PATIENCE_S,
    STALE_MS,
    STALE_SECONDS,
    AuditRound,
    SilentDiffs,
    StreamSilence,
)


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


def test_best_prices_that_stay_ahead_for_too_long_show_silence_once() -> None:
    silent = SilentDiffs()
    assert not silent.on_ahead("A", 10_000, 0)
    assert not silent.on_ahead("A", 10_000 + STALE_MS, 0)
    assert silent.on_ahead("A", 10_001 + STALE_MS, 0)
    assert not silent.on_ahead("A", 10_002 + STALE_MS, 0)


def test_a_diff_ends_the_suspicion() -> None:
    silent = SilentDiffs()
    silent.on_ahead("A", 10_000, 0)
    silent.on_diff("A")
    assert not silent.on_ahead("A", 99_000, 1)


def test_one_symbol_says_nothing_about_another() -> None:
    silent = SilentDiffs()
    silent.on_ahead("A", 10_000, 0)
    assert not silent.on_ahead("B", 99_000, 0)


def test_without_any_proven_time_our_own_seconds_count() -> None:
    silent = SilentDiffs()
    for second in range(STALE_SECONDS):
        assert not silent.on_ahead("A", 10_000, second)
        assert not silent.on_ahead("A", 10_000, second + 0.5)
    assert silent.on_ahead("A", 10_000, STALE_SECONDS)


def test_our_own_sleep_is_not_taken_for_silence() -> None:
    silent = SilentDiffs()
    silent.on_ahead("A", 10_000, 0)
    assert not silent.on_ahead("A", 10_000, 600)


def test_every_symbol_is_audited_once_per_interval_evenly_spread() -> None:
    turns = AuditRound(("A", "B", "C"), 30)
    found = {second: turn for second in range(62) if (turn := turns.due(second)) is not None}
    assert found == {10: "A", 20: "B", 30: "C", 40: "A", 50: "B", 60: "C"}


def test_turns_that_were_missed_are_not_made_up_for_at_once() -> None:
    turns = AuditRound(("A", "B", "C"), 30)
    turns.due(0)
    assert turns.due(1_000) == "A"
    assert turns.due(1_000.1) in (None, "B")
    assert turns.due(1_000.2) is None


def test_audits_leave_the_weight_to_books_that_wait_but_not_for_ever() -> None:
    audits = AuditRound(("A", "B"), 10.0)
    assert audits.due(0.0, others_wait=True) is None
    assert audits.due(6.0, others_wait=True) is None
    assert audits.due(7.0) == "A"
    assert audits.due(20.0, others_wait=True) is None
    assert audits.due(20.0 + AUDIT_PATIENCE_S, others_wait=True) == "B"
