from connectors.connect.backoff import Backoff


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(0.5, 3.0, jitter=0)
    assert [backoff.next_delay_s() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_jitter_only_shortens() -> None:
    backoff = Backoff(8.0, 8.0, jitter=0.25)
    assert all(6.0 <= backoff.next_delay_s() <= 8.0 for _ in range(200))


def test_a_reset_starts_over() -> None:
    backoff = Backoff(0.5, 60.0, jitter=0)
    backoff.next_delay_s()
    backoff.next_delay_s()
    backoff.reset()
    assert backoff.next_delay_s() == 0.5


def test_the_delay_stays_at_the_longest_however_often_it_fails() -> None:
    backoff = Backoff(0.5, 60.0, jitter=0)
    assert max(backoff.next_delay_s() for _ in range(5_000)) == 60.0
