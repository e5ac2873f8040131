"""Listings whose games never get their final status: what is asked, how often, and what is said."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import structlog
from tests.scenario.world import Items, World, derived, item, items_of, per

from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.days import DAY, LATE_HOURS, eastern_day, end_of_eastern_day
from adce_async.model.dimensions import DerivedDimension, ListDimension
from adce_async.scraping.base import Page, Want
from adce_async.testing.clock import FakeClock

BOXES = derived("ant", "box", DerivedDimension("game_id", "ant.items", "game_id", "final"))


class Listing(Items):
    """`games` by name: how far each has got, on which day, whether it has a score."""

    def discover(self, page: Page, want: Want) -> Discovery | None:
        games = page.json().get("games")
        if games is None:
            return None
        return Discovery(
            tuple(
                Item({"game_id": name, "date": day}, ItemState(state), scored=scored)
                for name, (state, day, scored) in games.items()
            )
        )


def listing(games: dict[str, tuple[str, float, bool]], clock: FakeClock):
    """A script: item 0 lists `games` (state, days ago, score); each other item is itself."""
    start = clock.now()

    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        said = {
            game: (state, eastern_day(start - ago * DAY).isoformat(), scored)
            for game, (state, ago, scored) in games.items()
        }
        return item(name, games=said) if name == "0" else item(name)

    return script


def world_of(folder, games, **rules) -> World:
    clock = FakeClock()
    day = eastern_day(clock.now() - min(ago for _, ago, _ in games.values() if ago >= 0) * DAY).isoformat()
    items = items_of("ant", 1, **rules)
    items = replace(items, dimensions=(*items.dimensions, ListDimension("date", (day,))))
    return World(folder, [BOXES, items], {"ant": per(10, 1.0)}, listing(games, clock), clock=clock, kind=Listing)


def asked(world: World) -> int:
    return sum(ask.url.endswith("/0") for ask in world.sources.log)


async def test_a_stuck_game_is_asked_for_and_its_listing_is_complete(tmp_path) -> None:
    games = {"f": ("final", 900, False), "played": ("live", 900, True), "never": ("scheduled", 900, False)}
    world = world_of(tmp_path, games, freshness_seconds=1.0)
    report = await world.fill()
    assert report.complete
    assert await world.keys() == {"ant/0.json", "ant-box/f.json", "ant-box/played.json"}
    for _ in range(3):
        world.clock.jump(5)
        assert (await world.fill()).complete
    assert asked(world) == 1
    assert [line.split(" of ")[0] for line in report.never_final] == ["ant/0.json: game played"]
    assert json.loads(world.files.coverage.read_text())["never_final"] == report.never_final


async def test_it_is_asked_ever_more_rarely_and_never_forgotten(tmp_path) -> None:
    world = world_of(tmp_path, {"played": ("live", 10, True)}, freshness_seconds=60.0)
    times = []
    for _ in range(200):
        before = asked(world)
        assert (await world.fill()).complete
        if asked(world) > before:
            times.append(world.clock.now())
        world.clock.jump(5 * DAY)
    waits = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert 5 <= len(times) <= 8, "a thousand days"
    assert all(later > 1.5 * sooner for sooner, later in itertools.pairwise(waits))


async def test_a_game_of_tonight_keeps_its_listing_stale_and_is_not_asked_for(tmp_path) -> None:
    world = world_of(tmp_path, {"tonight": ("live", 0, True), "tomorrow": ("scheduled", -1, False)})
    report = await world.fill()
    assert report.by_kind == {"stale": 1}
    assert await world.keys() == {"ant/0.json"}
    assert report.never_final == []
    over = end_of_eastern_day(eastern_day(world.clock.now())) + LATE_HOURS + DAY
    world.clock.jump(over - world.clock.now() + 3600)
    await world.fill()  # what is known was said tonight: it is asked again, and only then the game is stuck
    assert await world.keys() == {"ant/0.json", "ant-box/tonight.json"}
    assert asked(world) == 2


async def test_the_right_status_ends_it(tmp_path) -> None:
    games = {"played": ("live", 10, True)}
    world = world_of(tmp_path, games, freshness_seconds=60.0)
    await world.fill()
    games["played"] = ("final", 10, False)
    world.clock.jump(12 * DAY)
    report = await world.fill()
    assert (report.complete, report.never_final, asked(world)) == (True, [], 2)
    world.clock.jump(5000 * DAY)
    await world.fill()
    assert asked(world) == 2


async def test_somebody_elses_copy_is_asked_for_once(tmp_path) -> None:
    """Nobody knows when it was fetched: what it says of a game under way may have been said that night."""
    world = world_of(tmp_path, {"played": ("live", 900, True)}, freshness_seconds=60.0)
    day = eastern_day(world.clock.now() - 900 * DAY).isoformat()
    world.store.seed("ant/0.json", item("0", games={"played": ("live", day, True)}), modified=world.clock.now() - DAY)
    assert (await world.look()).by_kind == {"stale": 1}
    assert (await world.fill()).complete
    assert await world.keys() == {"ant/0.json", "ant-box/played.json"}


async def test_a_finding_is_said_once_and_verify_lists_it(tmp_path) -> None:
    world = world_of(tmp_path, {"played": ("scheduled", 900, True)}, freshness_seconds=1.0)
    with structlog.testing.capture_logs() as logs:
        for _ in range(4):
            await world.fill()
    said = [line for line in logs if line["event"] == "games with a score were never called final"]
    assert len(said) == 1
    assert "game played" in said[0]["games"]
    report = await world.verify()
    assert [(one.kind, one.keys) for one in report.discrepancies] == [("never_final", ("ant/0.json",))]
