"""Watches games while they are on: has the listings of the day looked at, and asks for what a final brings at once.

A look is an ordinary task ahead of all others, so that limits, breaker, conditional requests and history hold for it.
Passes find the same without it: what is lost here costs an interval. So nothing of it is written down but the tasks;
what is known of a day is read from the lake and from what its listing named.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from adce_async.engine.collecting.services import DiscoveryTap
from adce_async.engine.dispatching.live_room import KEPT, LiveRoom, Need
from adce_async.error_text import error_text
from adce_async.errors import AdceError
from adce_async.model.coverage import (
    DataType,
    Discovery,
    Expectation,
    Findings,
    Item,
    ItemState,
)
from adce_async.model.dimensions import Declared
from adce_async.model.task import Origin, Task
from adce_async.planning.live import (
    HELD_UP_SECONDS,
    KEEPS_FROM,
    LiveRules,
    Outlook,
    days_of,
    games_of,
    listings_of,
    outlook,
)
from adce_async.planning.live_tasks import all_of, look_at
from adce_async.planning.plan import PlanRules, plan
from adce_async.ports import Clock, DiscoveryCache, ObjectStore, TaskQueue
from adce_async.scraping.base import Scraper

log = structlog.get_logger("adce.live")

NAME = "live_games"
LONGEST_SECONDS = 300.0
"""A day that begins, and a clock that is set, are noticed so soon."""
IDLE_SECONDS = 3600.0
"""Where nothing is to be watched."""
RETRY_SECONDS = 5.0
"""After the lake or the queue could not be asked."""


@dataclass(slots=True)
class Watched:
    """The listing of a day, as far as it is known."""

    declared: Declared
    expectation: Expectation
    day: dt.date
    items: Sequence[Item] | None = None
    """What it named when it was stored last; None: it is not stored, or nobody has read it."""
    stored: bool = False
    over: set[str] = field(default_factory=set)
    """Games of which it is known that they are final."""
    ended: set[str] = field(default_factory=set)
    """Those of them for whose objects nobody has asked yet."""
    asked_at: float = -math.inf
    """Loop time of the last look."""
    unanswered: int = 0
    """Looks since something came of one."""

    @property
    def data_type(self) -> DataType:
        """Of the listing."""
        return self.declared.data_type


@dataclass(frozen=True, slots=True)
class _Given:
    """What is watched, and how, from the next step on."""

    declared: Sequence[Declared]
    scrapers: Mapping[str, Scraper]
    rules: LiveRules
    plan_rules: PlanRules


class LiveGames:
    """The loop that watches."""

    def __init__(
        self,
        *,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        rules: LiveRules,
        plan_rules: PlanRules,
        store: ObjectStore,
        discoveries: DiscoveryCache,
        queue: TaskQueue,
        clock: Clock,
        tap: DiscoveryTap,
        room: LiveRoom,
        offer: Callable[[Sequence[Task]], Awaitable[None]],
        beat: Callable[[str, float, str], None] = lambda _name, _within, _detail: None,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
    ) -> None:
        """`offer(tasks)`: they were added to the queue; `tell(name, text)`: '' is recovery."""
        self._store = store
        self._discoveries = discoveries
        self._queue = queue
        self._clock = clock
        self._tap = tap
        self.room = room
        self._offer = offer
        self._beat = beat
        self._tell = tell
        self._watched: dict[str, Watched] = {}
        self._listed: dict[tuple[str, dt.date], tuple[Sequence[Expectation], float]] = {}
        """What `listings_of` has found, and until when that is all."""
        self._outlooks: dict[str, Outlook] = {}
        self._live: Sequence[Declared] = ()
        self._given: _Given | None = None
        self.owns: Callable[[str], bool] = lambda _source: True
        """Whether a source is ours to watch: in a cluster, whoever asks it watches it."""
        self.apply(declared, scrapers, rules, plan_rules)

    def apply(
        self,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        rules: LiveRules,
        plan_rules: PlanRules,
    ) -> None:
        """Watch these, by these rules, from now on."""
        self.room.apply(rules)
        self._given = _Given(tuple(declared), scrapers, rules, plan_rules)  # a step goes on by what it began with
        self._tap.some.set()

    def look_again(self) -> None:
        """What is ours to watch may be something else now."""
        self._tap.some.set()

    def _adopt(self) -> None:
        if (given := self._given) is None:
            return
        self._given = None
        self._scrapers, self._rules, self._plan_rules = given.scrapers, given.rules, given.plan_rules
        self._live = tuple(each for each in given.declared if each.data_type.live)
        self._children = {
            each.data_type.qualified: [one for one in given.declared if games_of(each.data_type) in one.parents]
            for each in self._live
        }
        self._by_name = {each.data_type.qualified: each for each in given.declared}
        self._watched = {}  # what is known is read again
        self._listed.clear()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                wait = await self._step()
                self._tell(NAME, "")
            except AdceError as error:
                wait = RETRY_SECONDS
                self._tell(NAME, f"{error_text(error)}; next try in {wait:g} s, passes go on without")
                self._beat(NAME, wait + 60.0, self._detail())
                await asyncio.sleep(wait)  # whatever has come: it waits in the tap, and would end any wait for more
                continue
            self._beat(NAME, wait + 60.0, self._detail())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._tap.some.wait()

    async def _step(self) -> float:
        """Look at what is worth it, and ask for what has ended. Seconds until something may be again."""
        self._adopt()
        now, at = self._clock.now(), asyncio.get_running_loop().time()
        await self._take_up(now)
        for key, found in self._tap.take().items():
            self._hear(key, found, at)
        await self._ask_for_what_ended(now)
        self._outlooks = {
            key: outlook(one.items, one.day, now=now, rules=self._rules) for key, one in self._watched.items()
        }
        self.room.keep(self._needs(now))
        looks, wait = self._due(now, at)
        if looks:
            await self._look(looks, now)
        return wait

    # -- which ---------------------------------------------------------------------------------------------------

    async def _take_up(self, now: float) -> None:
        """Watch the listings of these days, and no others any more."""
        wanted: dict[str, Watched] = {}
        for declared in self._live:
            if not self.owns(declared.data_type.source):
                continue
            for day in days_of(now):
                for each in self._listings(declared, day, now):
                    wanted[each.key] = self._watched.get(each.key) or Watched(declared, each, day)
        new = [one for key, one in wanted.items() if key not in self._watched]
        self._tap.wait_for(wanted)  # before the lake is asked: what comes meanwhile is not missed
        for one in new:
            await self._recall(one)
        self._watched = wanted

    def _listings(self, declared: Declared, day: dt.date, now: float) -> Sequence[Expectation]:
        """`listings_of`, which makes all keys of a season: once a day and listing, not with each look.

        Where there was none, again once there may be one: a summer has none for months.
        """
        name = (declared.data_type.qualified, day)
        found, more = self._listed.get(name, ((), -math.inf))
        if not found and now >= more:
            found, more = listings_of(declared, day, now=now)
            self._listed = {other: of for other, of in self._listed.items() if (day - other[1]).days < 2}
            self._listed[name] = found, more
        return found

    async def _recall(self, one: Watched) -> None:
        """What is known of a listing by what is stored of it."""
        key = one.expectation.key
        found = await self._store.head(key)
        one.stored = found is not None
        known = (await self._discoveries.load(key)).get(key)
        scraper = self._scrapers[one.data_type.scraper]
        if found is not None and known is not None and known[0] == scraper.cache_tag(found.etag):
            self._take_in(one, known[1])
        elif one.data_type.live_for:
            one.items = await self._expected_games(one)

    async def _expected_games(self, one: Watched) -> Sequence[Item] | None:
        """The games of the day as the listing has them that `one` is live for; None if nothing is known."""
        whole = self._by_name[one.data_type.live_for]
        found = (await self._discoveries.load(whole.data_type.pattern.prefix)).values()
        text = one.day.isoformat()
        games = [item for _, listed in found for item in listed.items if item.fields.get("date") == text]
        return games if found else None

    def _hear(self, key: str, found: Discovery, at: float) -> None:
        one = self._watched.get(key)
        if one is not None:
            if not one.unanswered:  # it was asked for by a pass: that counts as a look
                one.asked_at = at
            one.unanswered, one.stored = 0, True
            self._take_in(one, found)

    @staticmethod
    def _take_in(one: Watched, found: Discovery) -> None:
        one.items = found.items
        over = {game for item in found.items if item.state is ItemState.FINAL and (game := _id(item))}
        one.ended |= over - one.over
        one.over |= over

    # -- when ----------------------------------------------------------------------------------------------------

    def _needs(self, now: float) -> dict[str, Need]:
        """Room that sources with games have to keep."""
        needs: dict[str, Need] = {}
        for key, one in self._watched.items():
            seen = self._outlooks[key]
            if seen.open and (seen.on or seen.due or seen.opens - now <= KEEPS_FROM):
                before = needs.get(one.data_type.source, Need(0, 0))
                scrapers = {child.data_type.scraper for child in self._children[one.data_type.qualified]}
                each = max(before.requests_each, len(scrapers))
                needs[one.data_type.source] = Need(before.games + seen.open, each)
        return needs

    def _due(self, now: float, at: float) -> tuple[list[Watched], float]:
        """What is to be looked at now, and seconds until the next one is."""
        active = Counter(
            self._watched[k].data_type.source for k, seen in self._outlooks.items() if seen.seconds < math.inf
        )
        looks, wait = [], LONGEST_SECONDS if self._live else IDLE_SECONDS
        for key, seen in self._outlooks.items():
            if seen.seconds == math.inf:
                wait = min(wait, max(0.001, seen.opens - now))
                continue
            one = self._watched[key]
            # several of one source share what one of them may take; who does not answer is asked ever more rarely
            often = seen.seconds * active[one.data_type.source]
            seconds = min(max(often, HELD_UP_SECONDS), often * 2 ** max(0, one.unanswered - 1))
            left = one.asked_at + seconds - at
            if left <= 0:
                looks.append(one)
                left = seconds
            wait = min(wait, left, max(0.001, seen.opens - now))
        return looks, wait

    async def _look(self, looks: Sequence[Watched], now: float) -> None:
        """Have these looked at, ahead of all else."""
        tasks = [look_at(one.data_type, one.expectation, stored=one.stored, now=now) for one in looks]
        await self._queue.add(tasks)
        # what waits for its next interval, or was given up, is wanted now
        await self._queue.forgive([task.key for task in tasks])
        at = asyncio.get_running_loop().time()
        for one in looks:
            one.asked_at = at
            one.unanswered += 1
        await self._offer(tasks)

    # -- the final whistle ---------------------------------------------------------------------------------------

    async def _ask_for_what_ended(self, now: float) -> None:
        for key, one in self._watched.items():
            if not one.ended:
                continue
            ended = set(one.ended)
            games = [item for item in one.items or () if _id(item) in ended]
            children = self._children[one.data_type.qualified]
            findings = list(all_of(children, one.data_type, one.expectation.season, games, now=now))
            found = await self._without_stored(findings)
            tasks = plan(found, self._plan_rules, now=now, first_detected={})
            if tasks:
                tasks = [replace(task, origin=Origin.LIVE) for task in tasks]
                await self._queue.add(tasks)
                await self._offer(tasks)
                log.info("final", listing=key, games=sorted(ended), tasks=len(tasks))
            one.ended -= ended

    async def _without_stored(self, findings: Sequence[Findings]) -> Sequence[Findings]:
        keys = [gap.expectation.key for found in findings for gap in found.gaps]
        there = await self._store.heads(keys) if keys else {}
        return [
            Findings(found.data_type, found.coverage, [g for g in found.gaps if g.expectation.key not in there])
            for found in findings
        ]

    def _detail(self) -> str:
        """For /health."""
        if not self._live:
            return "nothing to watch"
        on, due, left = (sum(getattr(seen, name) for seen in self._outlooks.values()) for name in ("on", "due", "open"))
        kept = sorted(source for source in self.room.sources if self.room.why(source))
        more = f"; {', '.join(kept)}: {KEPT}" if kept else ""
        return f"{on} games on, {due} due, {left} not over{more}"


def _id(item: Item) -> str:
    return str(item.fields.get("game_id", ""))
