"""Who watches games: what is asked for, by which tasks, and what is left alone."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.scenario.night import HOUR, START, Game, Night, declared_of, listing

from adce_async.engine.collecting.services import DiscoveryTap
from adce_async.engine.dispatching.live_room import LiveRoom
from adce_async.engine.reconciling import live_games
from adce_async.engine.reconciling.live_games import LiveGames
from adce_async.errors import QueueError, StoreError
from adce_async.model.coverage import Discovery, GapKind, Priority
from adce_async.model.dimensions import Declared, DerivedDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import AHEAD_TIER, FIRST_TIER, LOOK_TIER, Origin, Outcome, Task, Verdict
from adce_async.planning.live import LiveRules, listings_of
from adce_async.planning.plan import PlanRules
from adce_async.ports import Provenance
from adce_async.scraping.base import Page, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryQueue
from adce_async.testing.memory_store import MemoryStore

KEY = "espn-schedule/2025-01-15.json"
GAMES = (Game("a", 1.0, 3.0), Game("b", 2.0, 4.0))
SCRAPER = Night("espn_items", "espn", "https://espn.test/{id}")


def named(hours: float, games: Sequence[Game] = GAMES) -> Discovery:
    found = SCRAPER.discover(
        Page("u", listing(games, hours, "2025-01-15")), Want(KEY, "schedule", {"date": "2025-01-15"})
    )
    assert found is not None
    return found


class Idle:
    """A limiter of a source that nothing is asked of."""

    def delay_keeping(self, kept: Callable[[float], int]) -> float:
        return 0.0


class Desk:
    """A watch over memory, with what it offers and says."""

    def __init__(self, hours: float, **rules: object) -> None:
        self.clock = FakeClock(START + hours * HOUR)
        self.store, self.queue, self.discoveries = MemoryStore(), MemoryQueue(), MemoryDiscoveries()
        self.tap = DiscoveryTap()
        self.offered: list[Task] = []
        self.said: list[str] = []
        self.room = LiveRoom({"espn": Idle()}, Idle(), LiveRules())
        self.declared = declared_of("espn", "box", "odds")
        self.live = LiveGames(
            declared=self.declared, scrapers={"espn_items": SCRAPER}, rules=LiveRules(**rules),  # type: ignore[arg-type]
            plan_rules=PlanRules("2024-25"), store=self.store, discoveries=self.discoveries, queue=self.queue,
            clock=self.clock, tap=self.tap, room=self.room, offer=self._offer,
            tell=lambda name, text: self.said.append(text),
        )  # fmt: skip

    async def _offer(self, tasks: Sequence[Task]) -> None:
        self.offered += tasks

    async def stored(self, hours: float) -> None:
        await self.store.put(KEY, listing(GAMES, hours, "2025-01-15"), Provenance("u", self.clock.now(), "s", "1"))
        found = await self.store.head(KEY)
        assert found is not None
        await self.discoveries.save({KEY: (SCRAPER.cache_tag(found.etag), named(hours))})

    async def after(self, seconds: float) -> list[Task]:
        """What it offers within `seconds`."""
        self.offered.clear()
        task = asyncio.get_running_loop().create_task(self.live.run())
        await asyncio.sleep(seconds)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return list(self.offered)


async def test_before_the_first_game_nothing_is_asked_and_room_is_kept_from_an_hour_before() -> None:
    desk = Desk(-0.5)
    await desk.stored(-1.0)
    assert await desk.after(1.0) == []
    assert desk.room.active() is None
    assert await desk.after(0.6 * HOUR) == []
    assert desk.room.active() is not None


async def test_a_look_is_a_task_ahead_of_all_others_that_asks_with_a_condition() -> None:
    desk = Desk(1.0)
    await desk.stored(0.5)
    (look,) = await desk.after(1.0)
    assert (look.key, look.kind, look.priority, look.tier) == (KEY, GapKind.STALE, Priority.CRITICAL, LOOK_TIER)
    assert (look.force, look.origin, look.is_ahead) == (False, Origin.LIVE, True)
    assert [task.key for task in await desk.queue.tasks()] == [KEY]


async def test_a_listing_that_waits_or_was_given_up_is_asked_all_the_same() -> None:
    desk = Desk(1.0)
    await desk.stored(0.5)
    (look,) = await desk.after(1.0)
    claim = (await desk.queue.claim([KEY], now=0.0, until=1e12))[0]
    await desk.queue.settle([Outcome(KEY, Verdict.PARKED, "broken", at=1.0, token=claim.token)])
    desk.live.apply(desk.declared, {"espn_items": SCRAPER}, LiveRules(), PlanRules("2024-25"))
    await desk.after(1.0)
    assert not await desk.queue.parked()
    await desk.queue.replace([replace(look, origin=Origin.PLAN, not_before=1e12, tier=0)])
    desk.live.apply(desk.declared, {"espn_items": SCRAPER}, LiveRules(), PlanRules("2024-25"))
    await desk.after(1.0)
    (queued,) = await desk.queue.tasks()
    assert (queued.not_before, queued.tier) == (0.0, LOOK_TIER)


async def test_a_final_is_followed_by_its_objects_at_once_and_only_by_those_that_are_not_there() -> None:
    desk = Desk(3.1)
    await desk.stored(2.5)
    loop = asyncio.get_running_loop()
    loop.call_later(5.0, lambda: desk.tap.note(KEY, named(3.1)))
    tasks = [task for task in await desk.after(6.0) if task.key != KEY]
    assert {task.key: task.tier for task in tasks} == {
        "espn-box/a.json": FIRST_TIER,
        "espn-odds/a.json": AHEAD_TIER,
    }
    assert {(task.priority, task.origin) for task in tasks} == {(Priority.CRITICAL, Origin.LIVE)}
    await desk.store.put("espn-box/b.json", b"{}", Provenance("u", desk.clock.now(), "s", "1"))
    loop.call_later(1.0, lambda: desk.tap.note(KEY, named(4.1)))
    assert [task.key for task in await desk.after(2.0) if task.key != KEY] == ["espn-odds/b.json"]
    loop.call_later(1.0, lambda: desk.tap.note(KEY, named(4.2)))  # the same again
    assert await desk.after(2.0) == []


async def test_what_nobody_waits_for_is_not_kept() -> None:
    tap = DiscoveryTap()
    tap.note(KEY, named(3.1))
    assert not tap.some.is_set()
    assert tap.take() == {}


async def test_a_queue_in_trouble_is_said_and_asked_again() -> None:
    desk = Desk(1.0)
    await desk.stored(0.5)
    add, desk.queue.add = desk.queue.add, failing  # type: ignore[method-assign]
    assert await desk.after(1.0) == []
    assert "the disk is full" in desk.said[-1]
    desk.queue.add = add  # type: ignore[method-assign]
    assert [task.key for task in await desk.after(6.0)] == [KEY]
    assert desk.said[-1] == ""


async def failing(_tasks: Sequence[Task]) -> None:
    raise QueueError("the disk is full")


async def test_what_is_switched_off_while_it_runs_is_watched_no_more() -> None:
    desk = Desk(1.0)
    await desk.stored(0.5)
    asyncio.get_running_loop().call_later(100.0, desk.live.apply, (), {}, LiveRules(), PlanRules("2024-25"))
    looks = await desk.after(HOUR)
    assert len(looks) in (2, 3)
    assert desk.room.active() is None


async def test_several_listings_of_a_source_share_its_looks() -> None:
    desk = Desk(1.0)
    twice = (*desk.declared, *(renamed(each) for each in desk.declared))
    desk.live.apply(twice, {"espn_items": SCRAPER}, LiveRules(), PlanRules("2024-25"))
    await desk.stored(1.5)
    await desk.store.put("again-" + KEY, listing(GAMES, 1.5, "2025-01-15"), Provenance("u", START, "s", "1"))
    found = await desk.store.head("again-" + KEY)
    assert found is not None
    await desk.discoveries.save({"again-" + KEY: (SCRAPER.cache_tag(found.etag), named(1.5))})
    asyncio.get_running_loop().call_later(1.0, answer_all, desk)
    looks = await desk.after(59.0)
    assert len(looks) == 2


def renamed(declared: Declared) -> Declared:
    """The same once more, by other names."""
    data_type = declared.data_type
    data_type = replace(
        data_type, name=f"again_{data_type.name}", pattern=PathPattern(f"again-{data_type.pattern.text}")
    )
    dimensions = tuple(
        replace(d, parent="espn.again_schedule") if isinstance(d, DerivedDimension) else d for d in declared.dimensions
    )
    return replace(declared, data_type=data_type, dimensions=dimensions)


def answer_all(desk: Desk) -> None:
    for key in (KEY, "again-" + KEY):
        desk.tap.note(key, named(1.5))


async def test_what_another_machine_asks_is_watched_by_it_and_taken_up_once_it_is_ours() -> None:
    desk = Desk(1.0)
    await desk.stored(0.5)
    ours: set[str] = set()
    desk.live.owns = ours.__contains__
    assert await desk.after(120.0) == []
    ours.add("espn")
    desk.live.look_again()
    assert [task.key for task in await desk.after(1.0)] == [KEY]


async def test_a_lake_in_trouble_is_asked_again_after_a_while_and_not_at_once_whatever_has_come_meanwhile() -> None:
    desk = Desk(0.5)
    looks: list[float] = []

    async def broken(_key: str) -> None:
        looks.append(asyncio.get_running_loop().time())
        assert len(looks) < 100
        raise StoreError("no space is left")

    head, desk.store.head = desk.store.head, broken  # type: ignore[method-assign, assignment]
    watching = asyncio.get_running_loop().create_task(desk.live.run())
    await asyncio.sleep(12.0)
    assert [round(at) for at in looks] == [0, 5, 10]
    desk.store.head = head  # type: ignore[method-assign]
    await asyncio.sleep(4.0)
    assert desk.said[-1] == ""
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_the_keys_of_a_season_are_made_once_a_day_and_not_with_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def counted(*given: Any, **named: Any) -> Any:
        made.append(given[1])
        return listings_of(*given, **named)

    monkeypatch.setattr(live_games, "listings_of", counted)
    desk = Desk(2.5)
    await desk.stored(2.5)
    await desk.after(3600.0)
    assert len(made) == len(set(made))


async def test_without_games_for_months_nothing_is_made_anew_until_there_may_be_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[dt.date] = []

    def counted(*given: Any, **named: Any) -> Any:
        made.append(given[1])
        return listings_of(*given, **named)

    monkeypatch.setattr(live_games, "listings_of", counted)
    desk = Desk(180 * 24.0)  # in July
    assert await desk.after(2 * 24 * HOUR) == []
    assert {day.month for day in made} == {7}
    assert len(made) == len(set(made)) <= 4
