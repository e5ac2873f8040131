"""Each configured thing is given another value while the world is at work: it holds from then on, and nothing is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from tests.scenario.world import Items, World, echo, item, items_of, per

from adce_async.engine.collecting.attempt import AttemptPolicy
from adce_async.engine.events import SettingsChanged
from adce_async.errors import BlockedError, TransientError
from adce_async.model.dimensions import ListDimension
from adce_async.model.limits import Limits, Pacing
from adce_async.model.score_rules import ScoreRules
from adce_async.planning.maintenance import Window
from adce_async.planning.retry import RetryPolicy
from adce_async.policies import BreakerRules, EngineRules, SourceRules
from adce_async.testing.scripted import Script, worst_window

COUNT = 200
NOON_TO_FIVE_PAST = Window(dt.time(12), dt.time(12, 5), "UTC")
"""The clock of the world begins at noon."""


def of_ant(rules: EngineRules, **changes: object) -> EngineRules:
    """Other rules of the one source."""
    return replace(rules, sources={"ant": replace(rules.sources["ant"], **changes)})


def rate(world: World, since: float, until: float) -> float:
    """Requests a second in between."""
    return sum(since <= at < until for at in world.sources.sent("ant")) / (until - since)


def second_tries(world: World) -> list[float]:
    """Seconds between the first and the second request for a URL, where there was a second one."""
    times: dict[str, list[float]] = {}
    for ask in world.sources.log:
        times.setdefault(ask.url, []).append(ask.at)
    return [asked[1] - asked[0] for asked in times.values() if len(asked) > 1]


@dataclass
class Swap:
    """What changes after ten seconds, and how one sees that it holds."""

    change: Callable[[EngineRules], EngineRules]
    holds: Callable[[World], bool]
    script: Script = echo
    limits: Limits = field(default_factory=lambda: per(10, 1.0, burst=1))
    latency: float = 0.1


def waits(seconds: float) -> Callable[[EngineRules], EngineRules]:
    policy = AttemptPolicy(timeout=60.0, retry=RetryPolicy(base_delay=seconds, max_delay=seconds, exponential=False))
    return lambda rules: replace(rules, attempt=policy)


SWAPS = {
    "limits": Swap(
        lambda rules: of_ant(rules, limits=per(2, 1.0, burst=1)),
        lambda world: (
            rate(world, 12, 20) <= 2.1 and worst_window([t for t in world.sources.sent("ant") if t > 11], 1) <= 2
        ),
    ),
    "global limits": Swap(
        lambda rules: replace(rules, overall=per(1, 1.0, burst=1)), lambda world: rate(world, 12, 20) <= 1.1
    ),
    "slots": Swap(
        lambda rules: replace(rules, pool=replace(rules.pool, size=1)),
        lambda world: rate(world, 13, 33) == pytest.approx(1.0, abs=0.1),
        latency=1.0,
        limits=per(50, 1.0, burst=50),
    ),
    "more slots": Swap(
        lambda rules: replace(rules, pool=replace(rules.pool, size=10)),
        lambda world: world.sources.most_under_way == 10,
        latency=1.0,
        limits=per(50, 1.0, burst=50),
    ),
    "width of a lane": Swap(
        lambda rules: of_ant(rules, most=2),
        lambda world: rate(world, 13, 23) == pytest.approx(2.0, abs=0.2),
        latency=1.0,
        limits=per(50, 1.0, burst=50),
    ),
    "pacing": Swap(
        lambda rules: of_ant(rules, pacing=Pacing("exponential", threshold=0.1, initial_delay=1.0)),
        lambda world: rate(world, 12, 30) < 2.0,
        limits=per(100, 10.0, burst=5),
    ),
    "retries": Swap(
        waits(30.0),
        lambda world: [round(gap) for gap in second_tries(world)] == [15] * 3,  # half of it: the chance here is 0.5
        script=lambda ask: TransientError("reset") if 10.05 < ask.at < 10.35 else echo(ask),
    ),
    "cool-downs": Swap(
        lambda rules: of_ant(rules, cooldown=(100.0, 200.0)),
        lambda world: min(at for at in world.sources.sent("ant") if at > 13) >= 110,
        script=lambda ask: BlockedError("HTTP 429", status=429) if 11 < ask.at < 13 else echo(ask),
    ),
    "breakers": Swap(
        lambda rules: of_ant(rules, breaker=BreakerRules(failures=1, open_seconds=50.0)),
        lambda world: min(at for at in world.sources.sent("ant") if at > 13) >= 60,
        script=lambda ask: TransientError("HTTP 500", status=500) if 11 < ask.at < 12 else echo(ask),
    ),
    "maintenance windows": Swap(
        lambda rules: replace(rules, pool=replace(rules.pool, windows=(NOON_TO_FIVE_PAST,))),
        lambda world: rate(world, 12, 299) == 0.0 and rate(world, 301, 306) > 5.0,
    ),
    "scores": Swap(
        lambda rules: replace(rules, pool=replace(rules.pool, score=ScoreRules(enabled=False))),
        lambda world: world.pool.rules.score.enabled is False,
    ),
}


@pytest.mark.parametrize("name", SWAPS)
async def test_what_is_swapped_under_load_holds_and_nothing_is_lost(tmp_path, name: str) -> None:
    swap = SWAPS[name]
    world = World(tmp_path, [items_of("ant", COUNT)], {"ant": swap.limits}, swap.script, latency=swap.latency)
    await world.look()
    with world.parts.events.subscribe("test", SettingsChanged) as heard:
        async with world.pool.running():
            await asyncio.sleep(10.0)
            before = len(await world.keys())
            assert 0 < before < COUNT
            world.parts.apply(swap.change(world.rules), world.catalog)
            await world.pool.drained(400.0)
    assert [event for event in heard.take() if isinstance(event, SettingsChanged)]
    assert swap.holds(world)
    assert (await world.look()).complete
    assert len(await world.keys()) == COUNT
    assert len(world.outcomes) >= COUNT


async def test_what_is_expected_and_its_scrapers_can_be_swapped(tmp_path) -> None:
    """Surveyor, verifier, reconciler, attempts and the files of a pass."""

    class Strict(Items):
        version = "2"

    world = World(tmp_path, [items_of("ant", 20)], {"ant": per(10, 1.0)})
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(0.5)
        more = replace(items_of("ant", 0), dimensions=(ListDimension("id", tuple(str(n) for n in range(40))),))
        other = Strict("ant_items", "ant", "https://ant.test/{id}")
        other.url_fields = lambda fields: {"id": fields.get("id") or fields["game_id"]}  # type: ignore[method-assign]
        catalog = replace(world.catalog, declared=(more,), scrapers={"ant_items": other})
        files = replace(world.files, gaps=tmp_path / "other.json")
        world.parts.apply(replace(world.rules, files=files), catalog)
        await world.look()
        await world.pool.drained(10.0)
    assert (await world.look()).complete
    assert len(await world.keys()) == 40
    assert (tmp_path / "other.json").is_file()
    assert (await world.store.provenance("ant/39.json") or {})["scraper_version"] == "2"
    assert sum(row.objects for row in (await world.verify()).rows) == 40


async def test_min_bytes_can_be_swapped(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 20)], {"ant": per(1, 1.0)}, lambda ask: item(ask.url.rsplit("/", 1)[1]))
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(5.0)
        world.parts.apply(world.rules, replace(world.catalog, declared=(items_of("ant", 20, min_bytes=10_000),)))
        await world.pool.drained(60.0)
    stored = len(await world.keys())
    assert 0 < stored < 10
    assert all("min_bytes" in entry.reason for entry in await world.queue.parked())


def test_rules_of_a_source_have_a_value_for_all_that_is_swapped() -> None:
    assert set(SourceRules.__dataclass_fields__) == {"http", "limits", "pacing", "cooldown", "breaker", "most"}
