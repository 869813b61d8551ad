from simulator.engine.clock import MAX_SPEED, ReplayClock


def test_a_standing_clock_shows_the_start_for_ever():
    clock = ReplayClock(1_000, speed=2.0, idle_speed=1.0)
    assert clock.now_ms(real_s=5.0) == clock.now_ms(real_s=500.0) == 1_000
    assert not clock.started


def test_a_playing_clock_runs_at_its_speed():
    clock = ReplayClock(1_000, speed=2.0, idle_speed=1.0)
    clock.start(real_s=10.0)
    assert clock.now_ms(real_s=11.5) == 4_000
    assert clock.seconds_until(5_000, real_s=11.5) == 0.5


def test_a_playing_clock_never_reaches_an_unsent_frame():
    clock = ReplayClock(1_000, speed=1.0, idle_speed=1.0)
    clock.start(real_s=0.0)
    clock.expect(1_500)
    assert clock.now_ms(real_s=60.0) == 1_499
    clock.expect(2_000)
    assert clock.now_ms(real_s=60.0) == 1_999


def test_at_full_speed_the_clock_follows_the_frames_and_nothing_waits():
    clock = ReplayClock(1_000, speed=MAX_SPEED, idle_speed=60.0)
    clock.start(real_s=0.0)
    clock.expect(90_000)
    assert clock.seconds_until(90_000, real_s=0.0) == 0
    assert clock.now_ms(real_s=0.001) == 89_999


def test_after_the_last_frame_the_clock_continues_from_it_at_the_idle_speed():
    clock = ReplayClock(1_000, speed=MAX_SPEED, idle_speed=60.0)
    clock.start(real_s=0.0)
    clock.expect(90_000)
    clock.finish(real_s=2.0)
    assert clock.finished
    assert clock.now_ms(real_s=2.0) == 90_000
    assert clock.now_ms(real_s=3.0) == 150_000


def test_the_clock_never_goes_back():
    clock = ReplayClock(1_000, speed=1.0, idle_speed=1.0)
    clock.start(real_s=0.0)
    assert clock.now_ms(real_s=5.0) == 6_000
    clock.expect(3_000)
    assert clock.now_ms(real_s=5.0) == 6_000
