from __future__ import annotations

import asyncio
import math

import pytest
from tests.unit.engine.judged import START, Journal, Wall, limiter, now, sent_by, turn, violations

from adce_async.engine.fetching.limiter import HOLD_SECONDS, Limits, RateLimiter
from adce_async.model.limits import Window
from adce_async.planning.grants import GrantLog


async def test_a_burst_goes_at_once_and_only_when_idle() -> None:
    source = limiter((60, 60), burst=3)
    assert await sent_by(source, 5) == pytest.approx([0, 0, 0, 1.02, 2.02])


async def test_without_limits_nothing_waits() -> None:
    source = limiter()
    assert await sent_by(source, 1000) == [0.0] * 1000
    assert source.delay() == 0
    assert source.snapshot()["rate"] is None


async def test_a_limit_of_nothing_never_grants() -> None:
    source = limiter((0, 60))
    assert source.delay() == math.inf
    assert not source.try_acquire()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1e6):
            await source.acquire()
    assert source.snapshot()["waiting"] == 0


async def test_acquire_says_how_long_it_waited() -> None:
    source = limiter((1, 60))
    assert await source.acquire() == 0
    await asyncio.sleep(10)
    assert await source.acquire() == pytest.approx(50.02)


async def test_a_request_counts_from_when_it_is_sent_not_from_when_it_was_allowed() -> None:
    source = limiter((2, 10), burst=2)
    slow = await source.reserve()
    await source.acquire()
    await asyncio.sleep(3)
    slow.sent()  # its connection took 3 seconds
    await turn()
    assert source.delay() == pytest.approx(7.02)  # for the quick one
    await source.acquire()
    assert now() == pytest.approx(10.02)
    await turn()
    assert source.delay() == pytest.approx(3.0)  # for the slow one


async def test_what_was_written_counts_from_the_next_turn_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    source = limiter((1, 10))
    loop = asyncio.get_running_loop()
    time = loop.time
    (await source.reserve()).sent()
    monkeypatch.setattr(loop, "time", lambda: time() + 0.5)  # something else kept the loop busy before the bytes left
    await turn()
    assert source.delay() == pytest.approx(10.02)


async def test_a_held_token_keeps_others_out_however_long() -> None:
    source = limiter((1, 1))
    permit = await source.reserve()
    await asyncio.sleep(100)
    assert not source.try_acquire()
    assert source.delay() > 1
    permit.release()
    permit.sent()
    await turn()
    assert source.delay() == 0
    assert source.requests_total == 0


async def test_a_token_of_the_dispatcher_is_taken_over_once() -> None:
    source = limiter((1, 60))
    assert source.claim() is None
    assert source.try_acquire()
    assert not source.try_acquire()
    permit = source.claim()
    assert permit is not None
    assert source.claim() is None
    await asyncio.sleep(2 * HOLD_SECONDS)
    permit.sent()
    await turn()
    assert source.delay() == pytest.approx(60.02)
    assert source.requests_total == 1


async def test_a_token_that_nobody_takes_over_is_spent_not_lost() -> None:
    parent = limiter((1, 60), name="_global")
    source, other = limiter(parent=parent), limiter(parent=parent, name="bee")
    assert source.try_acquire()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(other.acquire(), name="other")
        await asyncio.sleep(HOLD_SECONDS + 1)
        assert source.claim() is None
    assert now() == pytest.approx(HOLD_SECONDS + 60.02)
    assert waiting.result() == now()
    await turn()
    assert (source.requests_total, other.requests_total, parent.requests_total) == (1, 1, 2)


async def test_tokens_of_the_dispatcher_that_are_never_taken_over_cost_no_memory() -> None:
    source = limiter()
    for _ in range(100):
        assert source.try_acquire()
        await asyncio.sleep(1)
    assert len(source._handed) <= HOLD_SECONDS + 1
    assert len(source._expiring) <= HOLD_SECONDS + 1


async def test_a_cool_down_voids_tokens_that_are_not_taken_over_yet() -> None:
    source = limiter((5, 60), burst=5)
    assert source.try_acquire()
    source.cool(30, "429")
    assert source.claim() is None
    await source.acquire()
    assert now() == 30
    await turn()
    assert (source.requests_total, source._held) == (1, 0)


async def test_a_token_needs_both_or_takes_neither() -> None:
    parent = limiter((1, 60), name="_global")
    source, other = limiter((5, 60), burst=5, parent=parent), limiter((5, 60), burst=5, parent=parent, name="bee")
    assert source.try_acquire()
    assert not other.try_acquire()
    assert other.snapshot()["windows"]["minute"]["used"] == 0
    permit = source.claim()
    assert permit is not None
    permit.release()
    assert other.try_acquire()


async def test_twenty_thousand_grants_cost_no_more_each_than_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    original = GrantLog.last

    def counted(log: GrantLog, n: int) -> float:
        nonlocal looked
        looked += 1
        return original(log, n)

    source = limiter(
        (20_000, 60), (30_000, 3600), burst=20_000, parent=limiter((25_000, 60), burst=25_000, name="_global")
    )
    monkeypatch.setattr(GrantLog, "last", counted)
    costs = []
    for _ in range(20_000):
        looked = 0
        await source.acquire()
        await asyncio.sleep(0)
        costs.append(looked)
    assert set(costs[10:20]) == set(costs[-10:])
    assert source.snapshot()["windows"]["minute"] == {"used": 20_000, "limit": 20_000}
    assert not source.try_acquire()
    assert source._allowance._log.capacity == 30_000


async def test_narrower_limits_count_what_was_sent_before() -> None:
    source = limiter((60, 60), burst=60)
    await sent_by(source, 30)
    await asyncio.sleep(10)
    source.set_limits(Limits((Window(20, 60.0), Window(31, 3600.0)), burst=20))
    assert source.snapshot()["windows"] == {"minute": {"used": 30, "limit": 20}, "hour": {"used": 30, "limit": 31}}
    assert source.delay() == pytest.approx(50.02)
    await sent_by(source, 1)
    assert now() == pytest.approx(60.02)
    await sent_by(source, 1)
    assert now() == pytest.approx(3600.02)


async def test_a_crawl_delay_counts_for_tokens_that_were_handed_out_before() -> None:
    source = limiter((60, 10), burst=10)
    assert [source.try_acquire() for _ in range(4)] == [True] * 4
    source.claim().sent()  # robots.txt itself
    await turn()
    source.set_min_delay_floor(3)
    assert source.claim() is None
    assert source.delay() == pytest.approx(3.02)


async def test_a_crawl_delay_is_a_floor() -> None:
    source = limiter((60, 60), burst=10, min_delay=2)
    source.set_min_delay_floor(5)
    assert await sent_by(source, 3) == pytest.approx([0, 5.02, 10.04])
    source.set_min_delay_floor(1)
    await source.acquire()
    assert now() == pytest.approx(12.06)


async def test_a_restart_forgets_nothing() -> None:
    limit = Limits((Window(5, 60.0), Window(8, 3600.0)), burst=2)
    journal = Journal()
    times: list[float] = []
    for _ in range(6):  # a crash loop
        source = RateLimiter("ant", limit, Wall(), journal=journal)
        source.restore(journal.times["ant"])
        times += await sent_by(source, 2)
    assert violations(times, limit) == []
    assert journal.times["ant"] == pytest.approx([START + at for at in times])
    await turn()
    again = RateLimiter("ant", limit, Wall())
    again.restore(source.export())
    assert again.export() == source.export() == pytest.approx(journal.times["ant"])
    assert again.delay() == pytest.approx(source.delay(), abs=0.001)


async def test_a_request_is_recorded_for_its_source_and_for_all_together() -> None:
    journal = Journal()
    root = limiter((5, 60.0), name="_global", journal=journal)
    await sent_by(limiter((5, 60.0), parent=root, journal=journal), 2)
    await sent_by(limiter((5, 60.0), parent=root, name="bee", journal=journal), 1)
    assert {name: len(times) for name, times in journal.times.items()} == {"ant": 2, "bee": 1, "_global": 3}


async def test_times_from_the_future_count_as_now() -> None:
    source = limiter((3, 60), burst=3)
    source.restore([START + 1e9, START - 59.0, START + 10])
    assert source.snapshot()["windows"]["minute"]["used"] == 3
    assert source.delay() == pytest.approx(1.02)
    await source.acquire()
    await turn()
    assert source.delay() == pytest.approx(59.0, abs=0.01)


async def test_the_snapshot_is_what_rate_limits_shows() -> None:
    source = limiter((60, 60), (3000, 3600), burst=10)
    await sent_by(source, 4)
    await turn()
    snapshot = source.snapshot("open")
    assert snapshot == {
        "tokens": 6,
        "rate": 1.0,
        "configured_rate": 1.0,
        "capacity": 10,
        "utilization": 0.4,
        "waiting": 0,
        "cooling_until": None,
        "cooling_reason": None,
        "breaker": "open",
        "windows": {"minute": {"used": 4, "limit": 60}, "hour": {"used": 4, "limit": 3000}},
        "requests_total": 4,
        "throttled_total": 0,
    }
    assert "breaker" not in source.snapshot()
    await asyncio.sleep(60)
    assert source.snapshot()["windows"] == {"minute": {"used": 0, "limit": 60}, "hour": {"used": 4, "limit": 3000}}
    assert source.snapshot()["tokens"] == 10


async def test_changes_are_told() -> None:
    told: list[str] = []
    parent = limiter((2, 10), burst=2, name="_global", changed=lambda: told.append("global"))
    source = limiter(parent=parent, changed=lambda: told.append("source"))
    source.cool(1, "429")
    source.throttled(2, "429")
    source.set_limits(Limits())
    source.restore([])
    source.set_min_delay_floor(0)
    assert told == ["source", "global"] * 5
    told.clear()
    await sent_by(source, 2)
    assert told == ["source", "global"]  # the one that waited for the cool-down has left
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(source.acquire(), name=str(n)) for n in range(2)]
        await asyncio.sleep(0)
        told.clear()
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert told == ["source", "global"]
    assert told == ["source", "global"] * 2


async def test_limits_that_were_narrow_for_a_while_forget_nothing_of_the_wide_ones() -> None:
    source = limiter((6000, 3600), burst=6000)
    for _ in range(6000):
        await source.acquire()
    await asyncio.sleep(1)
    source.set_limits(Limits((Window(10, 60.0),), burst=10))
    source.set_limits(Limits((Window(6000, 3600.0),), burst=6000))
    assert source.snapshot()["windows"]["hour"] == {"used": 6000, "limit": 6000}
    assert not source.try_acquire()


async def test_a_limit_of_millions_takes_no_memory_before_it_is_used() -> None:
    source = limiter((600_000, 60), (30_000_000, 3600), burst=1)
    await sent_by(source, 10)
    assert source._allowance._log.room == 64
