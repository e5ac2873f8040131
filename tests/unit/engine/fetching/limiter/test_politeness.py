"""The promise: whatever happens, no limit is ever exceeded, and nearly all of it can be used."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.engine.judged import GUARD, Wall, now, sent_by, violations

from adce_async.engine.fetching.limiter import HOLD_SECONDS, Limits, Pacing, RateLimiter
from adce_async.model.limits import Window


@dataclass(frozen=True)
class Step:
    """One request of a script: after `pause`, `source` asks in some way; its connection takes `connect` seconds."""

    pause: float
    source: int
    how: str
    connect: float
    patience: float


lengths = st.sampled_from([0.5, 1.0, 2.5, 7.0, 60.0])
windows = st.lists(st.builds(Window, st.integers(1, 8), lengths), max_size=3, unique_by=lambda w: w.seconds).map(tuple)
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
            with contextlib.suppress(TimeoutError):
                await self.do(step)

        async with asyncio.TaskGroup() as group:
            for step in script:
                await asyncio.sleep(step.pause)
                group.create_task(do(step), name=step.how)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(limits, min_size=3, max_size=3), limits, st.lists(steps, max_size=40), st.randoms(use_true_random=False)
)
async def test_no_limit_is_ever_exceeded_whatever_happens(own, overall, script, chance) -> None:
    world = World(own, overall)
    await world.play(script)
    everything = [at for times in world.sent.values() for at in times]
    for limit, times in [*((own[n], times) for n, times in world.sent.items()), (overall, everything)]:
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
