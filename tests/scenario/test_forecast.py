"""What a plan says against what the pool then takes, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.scenario.world import Items, World, items_of, per

from adce_async.model.limits import Limits, Pacing, Window
from adce_async.model.score_rules import ScoreRules
from adce_async.planning.forecast import Forecast, forecast
from adce_async.planning.simulation import GLOBAL, SLOTS, Conditions, Upstream

PACE = Pacing()
EXPONENTIAL = Pacing("exponential")
REFERENCE = Limits((Window(20, 1.0), Window(500, 60.0)), burst=3)
SHIPPED = {
    "espn": Limits((Window(60, 60.0), Window(3000, 3600.0)), burst=10),
    "nba_api": Limits((Window(30, 60.0), Window(1000, 3600.0)), burst=5),
    "basketball_reference": Limits((Window(20, 60.0), Window(500, 3600.0)), burst=3, min_delay=3.0),
    "hoopr": Limits((Window(40, 60.0), Window(2000, 3600.0)), burst=8),
}


class AskingFirst(Items):
    """Asks for robots.txt before all else, as the HTTP client does."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.lock = asyncio.Lock()
        self.known = False

    async def scrape(self, task, ctx) -> None:
        async with self.lock:
            if not self.known:
                await ctx.fetch(f"https://{self.source}.test/robots.txt")
                self.known = True
        await super().scrape(task, ctx)


@dataclass
class Case:
    limits: Mapping[str, Limits]
    keys: Mapping[str, int]
    overall: Limits = field(default_factory=Limits)
    pacing: Pacing | None = PACE
    size: int = 5
    latency: float = 0.005
    robots: bool = True
    used: Mapping[str, list[float]] = field(default_factory=dict)
    """When each source was asked before, seconds from the start."""
    bound_by: str = ""


async def promised_and_taken(case: Case, folder: Path) -> tuple[Forecast, list[tuple[str, float]]]:
    """The plan, and which request went when, in order."""
    declared = [items_of(name, count) for name, count in case.keys.items()]
    world = World(
        folder,
        declared,
        dict(case.limits),
        overall=case.overall,
        size=case.size,
        latency=case.latency,
        pacing=case.pacing,
        kind=AskingFirst if case.robots else Items,
    )
    now = world.clock.now()
    for name, times in case.used.items():
        world.limiters[name].restore([now + at for at in times])
    await world.look()
    tasks = await world.queue.tasks()
    outset = Conditions(
        {name: Upstream(each, case.pacing, case.used.get(name, ())) for name, each in case.limits.items()},
        Upstream(case.overall),
        case.size,
        seconds={f"{name}_items": case.latency for name in case.limits},
        robots={task.key: task.source for task in tasks} if case.robots else {},
    )
    seen = forecast(tasks, ScoreRules(), outset, now=world.clock.now())
    began = asyncio.get_running_loop().time()
    async with world.pool.running():
        await world.pool.drained(3600.0)
    went = [(ask.url, ask.at - began) for ask in world.sources.log if not ask.url.endswith("robots.txt")]
    assert len(went) == sum(case.keys.values())
    return seen, went


CASES = {
    "paced above 80 %": Case({"bbref": REFERENCE}, {"bbref": 560}, bound_by="bbref"),
    "backed off exponentially": Case({"ant": per(20, 10.0, burst=5)}, {"ant": 60}, pacing=EXPONENTIAL),
    "without backoff": Case({"bbref": REFERENCE}, {"bbref": 560}, pacing=None),
    "robots.txt is one too many": Case({"ant": per(30, 30.0, burst=30)}, {"ant": 30}, pacing=None),
    "the window is used up": Case(
        {"ant": per(30, 30.0, burst=30)}, {"ant": 30}, pacing=None, robots=False, used={"ant": [-10.0] * 30}
    ),
    "the window is half used": Case(
        {"ant": per(30, 30.0, burst=30)}, {"ant": 45}, used={"ant": [-12.0 + n / 2 for n in range(15)]}
    ),
    "3 s apart": Case({"ant": Limits((Window(20, 60.0),), burst=3, min_delay=3.0)}, {"ant": 12}),
    "10 in 20 s": Case({"ant": per(10, 20.0)}, {"ant": 20}),
    "45 an hour": Case({"ant": Limits((Window(1, 1.0), Window(45, 3600.0)), burst=1)}, {"ant": 40}),
    "three sources": Case(
        {"ant": per(20, 10.0, burst=4), "bee": per(10, 10.0), "cat": per(60, 10.0, burst=20)},
        {"ant": 60, "bee": 20, "cat": 150},
        latency=0.2,
    ),
    "the global limit binds": Case(
        {name: per(60, 20.0) for name in ("ant", "bee", "cat")},
        {"ant": 60, "bee": 70, "cat": 40},
        per(100, 20.0),
        bound_by=GLOBAL,
    ),
    "the global limit binds and scores differ": Case(
        {name: per(60, 20.0, burst=3) for name in ("espn", "ant", "hoopr")},
        {"ant": 150, "hoopr": 60, "espn": 100},
        per(80, 20.0),
    ),
    "the global limit of the shipped configuration": Case(
        SHIPPED,
        {"espn": 120, "nba_api": 60, "basketball_reference": 40, "hoopr": 80},
        Limits((Window(100, 60.0), Window(5000, 3600.0)), burst=20),
    ),
    "one slot": Case({"ant": per(20, 1.0)}, {"ant": 50}, size=1, latency=0.5, bound_by=SLOTS),
    "one slot, two sources": Case(
        {"ant": per(20, 1.0), "bee": per(1, 2.0)}, {"ant": 40, "bee": 10}, size=1, latency=0.5
    ),
    "slow answers": Case({"ant": per(30, 1.0, burst=10)}, {"ant": 200}, size=4, latency=1.0, bound_by=SLOTS),
    "slow answers, two sources, slots for some": Case(
        {"ant": per(4, 1.0, burst=2), "bee": per(8, 1.0)}, {"ant": 60, "bee": 100}, size=6, latency=1.5
    ),
    "no limits at all": Case({"ant": Limits()}, {"ant": 100}, latency=0.2, bound_by=SLOTS),
}


APPROXIMATE = {"backed off exponentially"}
"""One of its 60 requests goes in the very instant in which the window falls to the threshold: the last bit decides."""


@pytest.mark.parametrize("name", CASES)
async def test_a_plan_is_right_within_a_twentieth(name: str, tmp_path) -> None:
    case = CASES[name]
    seen, went = await promised_and_taken(case, tmp_path)
    took = max(at for _, at in went)
    assert abs(seen.eta_seconds - took) <= (0.05 * took if took >= 5 else 0.3)
    if case.bound_by:
        assert seen.bound_by == case.bound_by


@pytest.mark.parametrize("name", [name for name in CASES if name not in APPROXIMATE])
async def test_a_plan_is_what_happens_request_by_request(name: str, tmp_path) -> None:
    """The same world played and run, without robots.txt: the same requests in the same order at the same times."""
    seen, went = await promised_and_taken(replace(CASES[name], robots=False), tmp_path)
    planned = sorted(
        (round(each.eta, 3), f"https://{each.task.source}.test/{each.task.fields['id']}") for each in seen.planned
    )
    taken = sorted((round(at, 3), url) for url, at in went)
    assert [url for _, url in planned] == [url for _, url in taken]
    assert [at for at, _ in planned] == pytest.approx([at for at, _ in taken], abs=0.005)
