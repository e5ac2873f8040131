"""A day of service with faults, in virtual time: limits kept, everything collected in the end."""

from __future__ import annotations

import itertools
from collections import Counter

from tests.scenario.day import ITEMS, LIMITS, OVERALL, live, world_in

from adce_async.model.days import DAY
from adce_async.model.task import Verdict
from adce_async.testing.scripted import worst_window


async def test_a_day_of_service(tmp_path) -> None:
    world = world_in(tmp_path)
    passes = await live(world, 1)
    for name, limits in LIMITS.items():
        times = world.sources.sent(name)
        for window in limits.windows:
            assert worst_window(times, window.seconds) <= window.limit, (name, window)
        if limits.min_delay:
            assert min(b - a for a, b in itertools.pairwise(times)) >= limits.min_delay
    everything = sorted(ask.at for ask in world.sources.log)
    for window in OVERALL.windows:
        assert worst_window(everything, window.seconds) <= window.limit
    stored, parked = await world.keys(), {entry.key for entry in await world.queue.parked()}
    assert stored | parked == {f"{name}/{n}.json" for name in LIMITS for n in range(ITEMS)}
    assert len(parked) < 15  # unlucky twice with a lying body, or four times in a row
    assert len(world.sources.log) < 4 * ITEMS * 1.15  # what is stored is not asked for again
    began = [round(at - passes[0]) for at in passes]
    assert [at for at in began if at < DAY] == [900 * n for n in range(96)]
    done = Counter(outcome.verdict for _, outcome in world.outcomes)
    assert done[Verdict.STORED] > 0.95 * (done.total() - done[Verdict.RELEASED])
