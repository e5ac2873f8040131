"""A night of games in virtual time: what two sources say of it, and the service at work on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scenario.world import World, item, items_of

from adce_async.engine.reconciling.triggers import Timer
from adce_async.errors import NotFoundError, RefusedError, ScrapeError
from adce_async.model.coverage import DataType, Discovery, Item, ItemState
from adce_async.model.days import from_iso
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension
from adce_async.model.keys import PathPattern
from adce_async.model.limits import Limits, Window
from adce_async.planning.live import mark_live
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.scripted import ScriptedRequest

HOUR, MINUTE = 3600.0, 60.0
START = from_iso("2025-01-15T23:00:00Z")
"""Six in the evening, Eastern time, is the world's time zero."""
QUICK = Limits((Window(60, MINUTE), Window(600, HOUR)), burst=10)
SLOW = Limits((Window(20, MINUTE), Window(300, HOUR)), burst=3, min_delay=3.0)
OVERALL = Limits((Window(100, MINUTE), Window(1000, HOUR)), burst=20)
"""What is to do besides uses up their hours in a third of it."""


@dataclass(frozen=True, slots=True)
class Game:
    """Times in hours from time zero. `there`: seconds from its end until its objects are there."""

    name: str
    tip: float
    end: float
    called_off: bool = False
    there: float = 0.0

    def state(self, hours: float) -> str:
        if hours < self.tip:
            return "scheduled"
        if self.called_off:
            return "postponed"
        return "live" if hours < self.end else "final"


NIGHT = (
    *(Game(f"g{n}", 1.0 + n % 4 * 0.5, 3.1 + n % 4 * 0.5 + n * 0.031) for n in range(9)),
    Game("off", 1.5, 4.0, called_off=True),
    Game("late", 4.5, 7.2),  # ends after one in the morning
    Game("overtime", 2.0, 5.05),  # twice
)


class Night(Scraper):
    """Listings `{"date", "games": {id: [state, starts]}}`, and items as elsewhere."""

    live = True

    def url_fields(self, fields: Any) -> dict[str, str]:
        return {"id": fields.get("game_id") or fields.get("date") or fields["id"]}

    def check(self, page: Page, want: Want) -> None:
        name = self.url_fields(want.fields)["id"]
        if str(page.json().get("id")) != name:
            raise RefusedError(f"id: expected {name}, found {page.json().get('id')!r}")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        games = page.json().get("games")
        if games is None:
            return None
        fields = {"date": want.fields["date"], "season": "2024-25"}
        return Discovery(
            tuple(Item({"game_id": g} | fields, ItemState(state), starts=at) for g, (state, at) in games.items())
        )


def listing(games: Sequence[Game], hours: float, day: str, date: str = "2025-01-15") -> bytes:
    found = {game.name: [game.state(hours), START + game.tip * HOUR] for game in games} if day == date else {}
    return json.dumps({"id": day, "games": found}).encode()


def answers(games: Sequence[Game]):
    """What all sources say, by the time at which they are asked."""
    by_name = {game.name: game for game in games}

    def script(ask: ScriptedRequest) -> bytes | ScrapeError:
        name, hours = ask.url.rsplit("/", 1)[1], ask.at / HOUR
        if name.startswith("20"):
            return listing(games, hours, name)
        game = by_name.get(name)
        if game is not None and (game.called_off or hours < game.end + game.there / HOUR):
            return NotFoundError("HTTP 404", status=404)
        return item(name)

    return script


def declared_of(source: str, *kinds: str, backlog: int = 0) -> tuple[Declared, ...]:
    """A schedule by day; `kinds` of objects of each final game, the first required; and what is to do besides."""

    def data_type(name: str, field: str, **rules: Any) -> DataType:
        scraper = f"{source}_items" if name in ("schedule", "items") else f"{source}_{name}"
        return DataType(source, name, scraper, PathPattern(f"{source}-{name}/{{{field}}}.json"), **rules)

    schedule = data_type("schedule", "date", required=True, freshness_seconds=24 * HOUR)
    season = ("2024-25",)
    found = [Declared(schedule, season, (CalendarDimension("date", Calendar.SEASON_DAYS),))]
    for number, kind in enumerate(kinds):
        dimension = DerivedDimension("game_id", f"{source}.schedule", "game_id", "final")
        found.append(Declared(data_type(kind, "game_id", required=not number), season, (dimension,)))
    if backlog:
        found.append(items_of(source, backlog, required=True))
    return mark_live(found, {f"{source}.schedule"}, 24 * HOUR)


def world_of(folder: Path, sources: dict[str, tuple[Limits, tuple[Declared, ...]]], games: Sequence[Game] = NIGHT,
             **more: Any) -> World:  # fmt: skip
    declared = [each for _, group in sources.values() for each in group]
    scrapers = {d.data_type.scraper: d.data_type.source for d in declared}
    script = more.pop("script", None) or answers(games)
    world = World(
        folder, declared, {name: limits for name, (limits, _) in sources.items()}, script, clock=FakeClock(START),
        kind=Night, more={name: of for name, of in scrapers.items() if name != f"{of}_items"}, **more,
    )  # fmt: skip
    for scraper in world.scrapers.values():
        del scraper.url_fields  # type: ignore[method-assign] - that of the world knows no days
    return world


@contextlib.asynccontextmanager
async def service(world: World, passes: float = 900.0) -> AsyncIterator[None]:
    """As the service does: a pass each quarter of an hour, the pool at work, somebody who watches."""
    timer = Timer(world.look, lambda: passes, lambda *_: None, lambda *_: None)  # type: ignore[arg-type]
    loop = asyncio.get_running_loop()
    async with world.pool.running():
        tasks = [loop.create_task(timer.run()), loop.create_task(world.parts.live.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(hours: float) -> None:
    await asyncio.sleep(hours * HOUR - asyncio.get_running_loop().time())


async def stored_at(world: World, source: str, game: Game, *kinds: str) -> list[float]:
    """Seconds from a game's end until each of its objects was there (inf: it is not)."""
    end = START + game.end * HOUR
    found = [await world.store.head(f"{source}-{kind}/{game.name}.json") for kind in kinds]
    return [float("inf") if one is None else one.modified - end for one in found]
