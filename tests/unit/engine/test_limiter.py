"""The limiter is judged from the log of what was sent, with limits that know nothing of how it works."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adce_async.engine.grants import GrantLog
from adce_async.engine.limiter import HOLD_SECONDS, Bucket, Limits, Pacing, RateLimiter
from adce_async.model.limits import Window

GUARD = 0.02
START = 1_734_220_800.0  # 2024-12-15


class Wall:
    """A wall clock that follows virtual time."""

    offset = START

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.offset


class Journal:
    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def record(self, source: str, at_wall: float) -> None:
        self.times[source].append(at_wall)


def limiter(*windows: tuple[int, float], parent: RateLimiter | None = None, name: str = "ant", **kwargs) -> RateLimiter:
    own = {key: kwargs.pop(key) for key in ("burst", "min_delay", "guard") if key in kwargs}
    limits = Limits(tuple(Window(limit, float(seconds)) for limit, seconds in windows), **own)
    return RateLimiter(name, limits, Wall(), parent, **kwargs)


def now() -> float:
    return asyncio.get_running_loop().time()


async def turn() -> None:
    """What was sent counts from the next turn of the loop on."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def sent_by(source: RateLimiter, count: int, waiters: int = 1) -> list[float]:
    """When `count` requests went out, asked for by so many callers at once."""
    times: list[float] = []
    left = iter(range(count))

    async def ask() -> None:
        for _ in left:
            await source.acquire()
            times.append(now())

    async with asyncio.TaskGroup() as group:
        for _ in range(waiters):
            group.create_task(ask(), name="ask")
    return times


def violations(arrivals: Sequence[float], limits: Limits) -> list[str]:
    """Which limits the arrivals break; windows are half-open, the bucket is judged on closed intervals."""
    at = sorted(arrivals)
    broken = [
        f"{window.name} at {first}"
        for window in limits.windows
        for first, last in zip(at, at[window.limit :], strict=False)
        if last - first < window.seconds
    ]
    broken += [f"min_delay at {a}" for a, b in itertools.pairwise(at) if b - a < limits.min_delay]
    level, before = 0.0, -math.inf
    for arrival in at if limits.rate else ():
        level = max(0.0, level - (arrival - before) * (limits.rate or 0.0)) + 1
        before = arrival
        if level > limits.burst + 1e-6:
            broken.append(f"burst at {arrival}: {level}")
    return broken


# --- the promise ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One request of a script: after `pause`, `source` asks in some way; its connection takes `connect` seconds."""

    pause: float
    source: int
    how: str
    connect: float
    patience: float


windows = st.lists(
    st.builds(Window, st.integers(1, 8), st.sampled_from([0.5, 1.0, 2.5, 7.0, 60.0])),
    max_size=3,
    unique_by=lambda w: w.seconds,
).map(tuple)
limits = st.builds(
    Limits, windows, st.integers(1, 6), st.sampled_from([0.0, 0.0, 0.3, 1.1]), st.sampled_from([GUARD, 0.1])
)
steps = st.builds(
    Step,
    st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.4, 1.3, 9.0]),
    st.integers(0, 2),
    st.sampled_from(["acquire", "reserve", "reserve", "try", "try", "impatient", "release", "throttled", "set_limits"]),
    st.sampled_from([0.0, 0.0, 0.3, 2.0]),
    st.sampled_from([0.0, 0.5, 3.0]),
)


@dataclass
class World:
    limits: list[Limits]
    overall: Limits
    sent: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.parent = RateLimiter("_global", self.overall, Wall())
        self.sources = [RateLimiter(str(n), limits, Wall(), self.parent) for n, limits in enumerate(self.limits)]

    async def do(self, step: Step) -> None:
        source = self.sources[step.source]
        match step.how:
            case "acquire":
                await source.acquire()
                self.sent[step.source].append(now())
            case "impatient":
                async with asyncio.timeout(step.patience):
                    await source.acquire()
                    self.sent[step.source].append(now())
            case "try":
                if source.try_acquire():
                    await asyncio.sleep(step.connect)
                    permit = source.claim() or await source.reserve()
                    await asyncio.sleep(step.patience)
                    permit.sent()
                    self.sent[step.source].append(now())
            case "throttled":
                source.throttled(step.patience or None, "429")
            case "set_limits":
                source.set_limits(self.limits[step.source])
            case _:
                with await source.reserve() as permit:
                    await asyncio.sleep(step.connect)
                    if step.how == "reserve":
                        permit.sent()
                        self.sent[step.source].append(now())

    async def play(self, script: list[Step]) -> None:
        async def do(step: Step) -> None:
            try:
                await self.do(step)
            except TimeoutError:
                pass

        async with asyncio.TaskGroup() as group:
            for step in script:
                await asyncio.sleep(step.pause)
                group.create_task(do(step), name=step.how)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(limits, min_size=3, max_size=3), limits, st.lists(steps, max_size=40), st.randoms(use_true_random=False)
)
async def test_no_limit_is_ever_exceeded_whatever_happens(own, overall, script, chance) -> None:
    world = World(own, overall)
    await world.play(script)
    for limit, times in [
        *((own[n], times) for n, times in world.sent.items()),
        (overall, sum(world.sent.values(), [])),
    ]:
        assert violations(times, limit) == []
        # a late packet and a punctual one after it: windows and delays still hold at the server
        jitter = Limits(limit.windows, 10**9, limit.min_delay)
        assert violations([at + chance.uniform(0, limit.guard * 0.999) for at in times], jitter) == []
    await asyncio.sleep(2 * HOLD_SECONDS)  # nothing is held for ever
    for source in (*world.sources, world.parent):
        source.delay()
        assert source.snapshot()["waiting"] == 0
        assert source._held == 0


FULL = [
    Limits((Window(60, 60.0),)),
    Limits((Window(100, 60.0), Window(5000, 3600.0))),
    Limits((Window(60, 60.0), Window(3000, 3600.0)), burst=10),
    Limits((Window(20, 60.0), Window(500, 3600.0)), burst=3, min_delay=3),
    Limits((Window(50, 20.0),), burst=5),
    Limits((Window(10, 1.0),)),
    Limits((Window(7, 1.0),), burst=7),
    Limits((Window(1, 12.0),)),
]


@pytest.mark.parametrize("limit", FULL, ids=str)
@pytest.mark.parametrize("pacing", [None, Pacing(), Pacing(threshold=0.0)], ids=["plain", "paced", "always paced"])
async def test_the_full_rate_can_be_used(limit: Limits, pacing: Pacing | None) -> None:
    source = RateLimiter("ant", limit, Wall(), pacing=pacing)
    shortest = min(limit.windows, key=lambda window: window.seconds)
    times = await sent_by(source, 4 * shortest.limit + 1, waiters=3)
    assert violations(times, limit) == []
    usable = max(shortest.seconds / shortest.limit, limit.min_delay)
    if pacing and not pacing.threshold:
        usable = 1 / limit.sustained_rate
    steady = times[shortest.limit :]
    assert (steady[-1] - steady[0]) / (len(steady) - 1) <= usable / 0.98


@pytest.mark.parametrize("burst", [1, 2, 5])
async def test_jitter_never_makes_a_burst_look_larger(burst: int) -> None:
    limit = Limits((Window(60, 60.0),), burst=burst)
    source = RateLimiter("ant", limit, Wall())
    chance = random.Random(1)
    times: list[float] = []
    for _ in range(12):
        times += await sent_by(source, chance.choice([1, burst, burst + 3]), waiters=3)
        await asyncio.sleep(chance.choice([0.0, 0.5, 1.0, 1.01, burst * 1.0, 30.0]))
    within = GUARD if burst > 1 else 0.01
    for _ in range(20):
        assert violations([at + chance.uniform(0, 0.999 * within) for at in times], limit) == []


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


# --- held tokens ---------------------------------------------------------------------------------------------------


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


async def test_a_released_token_is_granted_to_the_next_at_once() -> None:
    source = limiter((1, 60))
    async with asyncio.TaskGroup() as group:
        with await source.reserve():
            waiting = group.create_task(source.acquire(), name="waiting")
            await asyncio.sleep(5)
        assert await waiting == pytest.approx(5)
    assert now() == pytest.approx(5)


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


# --- waiters ---------------------------------------------------------------------------------------------------------


async def test_waiters_are_served_in_their_order() -> None:
    source = limiter((10, 1), burst=10)
    order: list[int] = []

    async def ask(number: int) -> None:
        await source.acquire()
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(ask(number), name=str(number))
            if number % 10 == 0:
                await asyncio.sleep(0.3)
    assert order == list(range(50))


async def test_nobody_overtakes_a_waiter() -> None:
    source = limiter((1, 1))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(1.0199999)
        assert not source.try_acquire()
        assert source.delay() > 0
        await waiting
    assert not source.try_acquire()


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    source = limiter((1, 10))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(source.acquire(), name=str(n)) for n in range(3)]
        await asyncio.sleep(5)
        assert source.snapshot()["waiting"] == 3
        waiters[0].cancel()
        waiters[1].cancel()
        await asyncio.sleep(0)
        assert source.snapshot()["waiting"] == 1
    assert waiters[2].result() == pytest.approx(10.02)
    assert now() == pytest.approx(10.02)


async def test_cancelled_in_the_turn_of_its_grant_it_loses_no_token() -> None:
    source = limiter((1, 10))
    with await source.reserve():
        async with asyncio.TaskGroup() as group:
            waiter = group.create_task(source.acquire(), name="waiter")
            await asyncio.sleep(1)
            asyncio.get_running_loop().call_soon(waiter.cancel)
            # released below, granted to the waiter, cancelled before it runs
            source._turns._waiters[next(iter(source._turns._waiters))] = 0.0
            await asyncio.sleep(0)
    await turn()
    assert source.try_acquire()


async def test_a_storm_of_cancellations_loses_nothing() -> None:
    limit = Limits((Window(20, 1.0),), burst=20)
    source = RateLimiter("ant", limit, Wall(), parent=limiter((15, 1), burst=15, name="_global"))
    chance = random.Random(7)
    granted: list[float] = []

    async def ask() -> None:
        await source.acquire()
        granted.append(now())

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(), name=str(n)) for n in range(300)]
        while any(not task.done() for task in tasks):
            for task in chance.sample(tasks, 10):
                task.cancel()
            await asyncio.sleep(chance.choice([0.0, 0.0, 0.01, 0.7]))
    await asyncio.sleep(2)
    assert violations(granted, limit) == []
    assert source.requests_total == len(granted)
    assert [source.try_acquire() for _ in range(16)] == [True] * 15 + [False]


async def test_waiting_is_not_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    source = limiter((1, 3600))
    await source.acquire()
    asked = 0
    original = source._turns._wait

    def counted() -> float:
        nonlocal asked
        asked += 1
        return original()

    monkeypatch.setattr(source._turns, "_wait", counted)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(source.acquire(), name=str(number))
    assert now() == pytest.approx(3 * 3600.02)
    assert asked < 40


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
    assert source._log.capacity == 30_000


# --- many sources, one limit over all --------------------------------------------------------------------------------


async def test_sources_share_the_global_limit_in_turns() -> None:
    parent = limiter((1, 1), name="_global")
    sources = [limiter(parent=parent, name=name) for name in "abc"]
    order: list[str] = []

    async def ask(source: RateLimiter) -> None:
        await source.acquire()
        order.append(source.source)

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask(sources[0]), name="a")
        await asyncio.sleep(2.5)
        for source in (*sources[1:], *sources[1:]):
            group.create_task(ask(source), name=source.source)
    assert "".join(order[3:9]) in {"abcabc", "bcabca"}
    assert order.count("a") == 20


async def test_who_waits_for_its_own_limits_keeps_nobody_from_the_global_ones() -> None:
    parent = limiter((1000, 60), burst=1000, name="_global")
    slow, quick = limiter((1, 3600), parent=parent), limiter((10, 1), burst=10, parent=parent, name="bee")
    await slow.acquire()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(slow.acquire(), name="slow") for _ in range(5)]
        await asyncio.sleep(1)
        slow.cool(7200, "blocked")
        started = now()
        assert (await sent_by(quick, 20))[-1] - started < 1.1
        assert quick.try_acquire() is False
        for task in waiting:
            task.cancel()


async def test_a_source_that_cools_while_it_waits_for_the_global_limit_leaves_its_turn_to_others() -> None:
    parent = limiter((1, 10), name="_global")
    first, second = limiter(parent=parent), limiter(parent=parent, name="bee")
    await first.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(first.acquire(), name="first")
        await asyncio.sleep(1)
        waiting = group.create_task(second.acquire(), name="second")
        await asyncio.sleep(1)
        first.cool(100, "429")
        await waiting
        assert now() == pytest.approx(10.02)
    assert now() == pytest.approx(102)


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


# --- what sources answer ------------------------------------------------------------------------------------------------


async def test_cooling_ends_at_the_later_of_both() -> None:
    source = limiter()
    assert source.cooling_until is None
    source.cool(60, "maintenance")
    source.cool(30, "429")
    assert source.cooling_until == START + 60
    assert source.snapshot()["cooling_reason"] == "maintenance"
    assert source.snapshot()["cooling_until"] == "2024-12-15T00:01:00Z"
    assert source.delay() == 60
    await source.acquire()
    assert now() == 60
    assert source.cooling_until is None
    assert source.snapshot()["cooling_reason"] is None


async def test_a_cool_down_holds_back_those_who_wait_already() -> None:
    source = limiter((1, 10))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(5)
        source.cool(50, "429")
    assert now() == 55


async def test_refused_it_cools_longer_each_time_up_to_a_limit() -> None:
    source = limiter(cooldown_initial=30, cooldown_max=100)
    waits = []
    for _ in range(4):
        source.throttled(None, "429")
        waits.append(source.delay())
        await asyncio.sleep(source.delay())
    assert waits == [30, 60, 100, 100]
    assert source.snapshot()["throttled_total"] == 4


async def test_a_success_that_lasts_makes_the_next_cool_down_a_first_one() -> None:
    source = limiter()
    source.throttled(None, "429")
    await asyncio.sleep(30)
    source.succeeded()
    await asyncio.sleep(29)
    source.throttled(None, "200, but a block page")  # succeeded too soon after the first to be believed
    assert source.delay() == 60
    await asyncio.sleep(60)
    source.succeeded()
    await asyncio.sleep(60)
    source.throttled(None, "429")
    assert source.delay() == 30


async def test_retry_after_is_what_is_waited_for() -> None:
    source = limiter()
    source.throttled(7.5, "429")
    assert source.delay() == 7.5
    source.throttled(500, "429 of a request that was under way")
    assert source.delay() == 500
    source.throttled(20, "another one")
    assert source.delay() == 500


async def test_refusals_of_requests_that_were_under_way_together_are_one_event() -> None:
    source = limiter((60, 60))
    for _ in range(5):
        source.throttled(None, "429")
    assert source.delay() == 30
    assert source.snapshot()["rate"] == 0.5
    assert source.snapshot()["throttled_total"] == 5


async def test_the_rate_is_halved_and_won_back_a_tenth_a_minute() -> None:
    source = limiter((60, 60), burst=5)
    source.throttled(10, "429")
    times = await sent_by(source, 4, waiters=4)
    assert times[0] == 10
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(1.9 < gap <= 2.0 for gap in gaps)
    assert gaps == sorted(gaps, reverse=True)
    await asyncio.sleep(10 + 120 - now())
    assert source.snapshot()["rate"] == pytest.approx(0.7)
    await asyncio.sleep(500)
    assert source.snapshot()["rate"] == 1.0
    assert [source.try_acquire() for _ in range(6)] == [True] * 5 + [False]


async def test_the_rate_never_falls_below_a_64th_and_counts_the_minimum_delay() -> None:
    source = limiter((60, 60), min_delay=2)
    for _ in range(20):
        await asyncio.sleep(source.delay())
        source.throttled(0.001, "429")
    assert source.snapshot()["rate"] == pytest.approx(0.5 / 64, rel=0.01)
    await source.acquire()
    await turn()
    assert source.delay() == pytest.approx(128, rel=0.01)


# --- settings and state ----------------------------------------------------------------------------------------------------


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


async def test_wider_limits_move_the_waiters() -> None:
    source = limiter((1, 3600))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(5)
        source.set_limits(Limits((Window(2, 3600.0),), burst=2))
    assert now() == 5
    assert source.limits.burst == 2


async def test_a_crawl_delay_is_a_floor() -> None:
    source = limiter((60, 60), burst=10, min_delay=2)
    source.set_min_delay_floor(5)
    assert await sent_by(source, 3) == pytest.approx([0, 5.02, 10.04])
    source.set_min_delay_floor(1)
    await source.acquire()
    assert now() == pytest.approx(12.06)


@pytest.mark.parametrize("strategy", ["pace", "exponential"])
async def test_near_a_limit_bursts_end(strategy: str) -> None:
    pacing = Pacing(strategy, threshold=0.5, initial_delay=4, max_delay=10, factor=2)
    source = limiter((20, 60), burst=20, pacing=pacing)
    times = await sent_by(source, 15, waiters=2)
    assert times[:11] == [0.0] * 11
    if strategy == "pace":
        assert times[11:] == pytest.approx([3, 6, 9, 12])
    else:
        assert times[11:] == pytest.approx([4, 12, 22, 32])
    await asyncio.sleep(61 - now())
    await source.acquire()
    assert now() == pytest.approx(61)  # below the threshold again: no delay, and the next one is a first one
    if strategy == "exponential":
        times = await sent_by(source, 8)
        assert times[5] == pytest.approx(61)
        assert times[6] == pytest.approx(65)


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
    parent = limiter((2, 10), burst=2, name="_global")
    source = limiter(parent=parent)
    told: list[str] = []
    source.on_change = lambda: told.append("source")
    parent.on_change = lambda: told.append("global")
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


# --- the bucket alone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.7, 1 / 3, 0.3, 3.0, 7.0, 1 / 7, 13.3])
@pytest.mark.parametrize("burst", [1, 3])
async def test_a_bucket_never_wakes_for_ever_in_virtual_time(rate: float, burst: int) -> None:
    bucket = Bucket(burst, rate)
    for _ in range(30):
        await bucket.acquire()
    assert now() == pytest.approx((30 - burst) / rate, abs=0.001)


@pytest.mark.parametrize("rate", [0.1, 0.7, 1 / 3, 13.3])
def test_a_bucket_of_one_keeps_the_spacing_and_nearly_all_of_the_rate(rate: float) -> None:
    bucket = Bucket(1, rate, GUARD)
    at, times = 5.0, []
    for _ in range(100):
        at += bucket.delay(at)
        bucket.take(at)
        times.append(at)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 1 / rate
    assert times[1] - times[0] == pytest.approx(1 / rate + GUARD)
    assert 99 / (times[-1] - times[0]) >= 0.985 * rate


def test_a_bucket_counts_held_tokens_as_not_leaking() -> None:
    bucket = Bucket(2, 1.0)
    assert bucket.delay(0.0, held=1) == 0
    assert bucket.delay(0.0, held=2) == 1
    bucket.take(0.0)
    assert bucket.delay(0.0) == 0
    assert bucket.delay(0.0, held=1) == 1
    assert bucket.delay(0.5, held=1) == 0.5
    assert bucket.level(0.25) == 0.75
