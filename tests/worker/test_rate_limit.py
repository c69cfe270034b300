from app.worker.rate_limit import RateLimit


def test_so_many_in_any_window_and_no_more() -> None:
    quota = RateLimit(3, 1.0)
    assert [quota.take(now_s) for now_s in (5.0, 5.2, 5.4, 5.6)] == [True, True, True, False]
    assert [quota.take(now_s) for now_s in (6.0, 6.1, 6.2)] == [True, False, True]


def test_asking_in_vain_does_not_prolong_the_wait() -> None:
    quota = RateLimit(1, 1.0)
    assert quota.take(0.0)
    assert not any(quota.take(tenth / 10) for tenth in range(10))
    assert quota.take(1.0)
