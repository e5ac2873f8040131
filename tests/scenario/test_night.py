"""The final whistle: what comes of a game is in the lake within a minute of its end, and no limit is exceeded."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from tests.scenario.night import (
    HOUR,
    NIGHT,
    OVERALL,
    QUICK,
    SLOW,
    START,
    Game,
    answers,
    declared_of,
    listing,
    service,
    stored_at,
    until,
    world_of,
)

from adce_async.errors import TransientError
from adce_async.model.days import DAY
from adce_async.model.limits import Limits
from adce_async.ports import Provenance
from adce_async.testing.scripted import worst_window

KINDS = ("box", "plays", "odds")


def exceeded(times: list[float], limits: Limits) -> list[str]:
    return [str(w) for w in limits.windows if worst_window(times, w.seconds) > w.limit]


async def test_a_night_beside_a_backlog(tmp_path: Path) -> None:
    sources = {
        "espn": (QUICK, declared_of("espn", *KINDS, backlog=6_000)),
        "slow": (SLOW, declared_of("slow", *KINDS, backlog=3_000)),
        "other": (QUICK, declared_of("other", backlog=1_000)),
    }
    world = world_of(tmp_path, sources, overall=OVERALL)
    async with service(world, passes=2 * HOUR):
        await until(7.5)
    for source, (limits, _) in sources.items():
        assert not exceeded(world.sources.sent(source), limits)
    assert not exceeded([ask.at for ask in world.sources.log], OVERALL)
    late = {}
    for source in ("espn", "slow"):
        for game in NIGHT:
            waits = await stored_at(world, source, game, *KINDS)
            if game.called_off:
                assert set(waits) == {float("inf")}
            elif max(waits) > 60.0:
                late[source, game.name] = waits
    assert late == {}
    looks = [ask.at for ask in world.sources.log if ask.source == "espn" and ask.url.endswith("/2025-01-15")]
    assert not [at for at in looks if at < 1.0 * HOUR - 1][1:]  # once by a pass, then from the first tip-off on
    assert worst_window(looks, 60.0) <= 3
    assert max(looks) < 7.2 * HOUR + 31
    done = len([key for key in await world.keys() if key.startswith("slow/")])
    assert done > 300  # the backlog goes on all the same


SOURCES = {"espn": (QUICK, declared_of("espn", *KINDS))}


def looks(world, day: str = "2025-01-15") -> list[float]:
    return [ask.at for ask in world.sources.log if ask.url.endswith(f"/{day}")]


async def test_what_is_not_there_at_the_whistle_is_asked_for_each_minute_and_then_more_rarely(tmp_path: Path) -> None:
    games = [Game("soon", 1.0, 3.0, there=35.0), Game("later", 1.0, 3.2, there=3 * HOUR)]
    world = world_of(tmp_path, SOURCES, games)
    async with service(world):
        await until(7.0)
    assert max(await stored_at(world, "espn", games[0], *KINDS)) < 60.0
    assert max(await stored_at(world, "espn", games[1], *KINDS)) < 3.5 * HOUR
    asked = [ask.at for ask in world.sources.log if ask.url == "https://espn_box.test/later"]
    assert 20 < len(asked) < 60
    waits = [later - at for at, later in itertools.pairwise(asked)]
    assert waits[0] < 11.0
    assert 15 <= len([wait for wait in waits if wait < 62.0]) < 25
    assert max(waits) > 600.0
    assert not await world.queue.parked()


async def test_a_service_that_starts_in_the_midst_of_a_night(tmp_path: Path) -> None:
    """Nothing is known: the first look comes with the first pass, and what is over is asked for at once."""
    world = world_of(tmp_path, SOURCES)
    await until(4.0)
    async with service(world):
        await until(4.05)
        over = [game for game in NIGHT if game.state(4.0) == "final"]
        assert len(over) > 3
        for game in over:
            assert max(await stored_at(world, "espn", game, *KINDS)) < float("inf")
        await until(7.5)
    late = next(game for game in NIGHT if game.name == "late")
    assert max(await stored_at(world, "espn", late, *KINDS)) < 60.0


async def test_a_crash_between_the_whistle_and_the_objects(tmp_path: Path) -> None:
    """The listing that says so is stored, nothing else: the next process finds it without another word of the source."""
    world = world_of(tmp_path, SOURCES)
    async with service(world):
        await until(3.05)
    stored = world.store
    again = world_of(tmp_path, SOURCES, store=stored)
    await again.store.put("espn-schedule/2025-01-15.json", listing(NIGHT, 3.2, "2025-01-15"), provenance())
    await until(3.2)
    async with service(again):
        await until(3.21)
    (first,) = (game for game in NIGHT if game.state(3.2) == "final")
    assert max(await stored_at(again, "espn", first, *KINDS)) < (3.21 - first.end) * HOUR


def provenance() -> Provenance:
    return Provenance("https://espn_items.test/2025-01-15", START + 3.2 * HOUR, "espn_items", "1")


async def test_a_final_is_collected_once_more_a_day_later_and_not_twice(tmp_path: Path) -> None:
    world = world_of(tmp_path, SOURCES, NIGHT[:2])
    async with service(world):
        await until(30.0)
    again = world_of(tmp_path, SOURCES, NIGHT[:2], store=world.store, queue=world.queue)  # a restart forgets nothing
    async with service(again):
        await until(96.0)
    asked = [ask for of in (world, again) for ask in of.sources.log if ask.url == "https://espn_box.test/g0"]
    first, second = (ask.at for ask in asked)
    assert DAY <= second - first < DAY + 1000


async def test_a_listing_that_fails_is_asked_ever_more_rarely_and_again_when_it_is_well(tmp_path: Path) -> None:
    said = answers(NIGHT)
    down = (2.0 * HOUR, 2.8 * HOUR)

    def script(ask):
        return TransientError("HTTP 500", status=500) if down[0] < ask.at < down[1] else said(ask)

    world = world_of(tmp_path, SOURCES, script=script)
    async with service(world):
        await until(4.0)
    failed = [at for at in looks(world) if down[0] < at < down[1]]
    assert 3 < len(failed) < 30
    assert not await world.queue.parked()
    assert max(await stored_at(world, "espn", NIGHT[1], *KINDS)) < 60.0


async def test_a_status_that_is_stuck_is_given_up_politely(tmp_path: Path) -> None:
    """It goes on for ever: after five hours a look in fifteen minutes, and none once the night is over."""
    world = world_of(tmp_path, SOURCES, [Game("stuck", 1.0, 1000.0)])
    async with service(world):
        await until(23.0)
    seen = looks(world)
    assert worst_window([at for at in seen if at > 6.1 * HOUR], HOUR) <= 5
    assert max(seen) < 12.1 * HOUR


async def test_where_nothing_is_watched_nothing_is_asked(tmp_path: Path) -> None:
    plain = [replace(d, data_type=replace(d.data_type, live=False, watched=False)) for d in SOURCES["espn"][1]]
    world = world_of(tmp_path, {"espn": (QUICK, tuple(plain))})
    async with service(world):
        await until(7.5)
    assert len(looks(world)) <= 1
