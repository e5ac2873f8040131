"""The configurations, and that the demo can end in time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt

import aiohttp

from adce_async.demo.faults import KINDS, FaultScript
from adce_async.demo.judge import lower_bound_seconds
from adce_async.demo.server import serve
from adce_async.demo.worlds import HOSTS, LIMITS, DemoWorld, demo_world, faster


def requests_of_the_demo() -> dict[str, list[str]]:
    """What a client has to ask for, in order, when nothing goes wrong."""
    league = demo_world().league()
    games = [game for day in league.days() for game in league.games(day)]
    espn = ["robots.txt", *(f"scoreboard?dates={day:%Y%m%d}" for day in league.days())]
    bbref = ["robots.txt", "leagues/NBA_2025_games-december.html"]
    bbref += [f"boxscores/{game.bbref_id}.html" for game in games]
    return {
        "espn": espn + [f"summary?event={game.event_id}" for game in games],
        "basketball_reference": bbref + [f"boxscores/pbp/{game.bbref_id}.html" for game in games],
    }


def test_the_demo_is_a_week_of_two_sources() -> None:
    world = demo_world()
    assert (world.first_day, world.last_day) == (dt.date(2024, 12, 9), dt.date(2024, 12, 15))
    assert {name: len(paths) for name, paths in requests_of_the_demo().items()} == {
        "espn": 50,
        "basketball_reference": 86,
    }


def test_each_fault_of_the_demo_happens_and_heals() -> None:
    world = demo_world()
    script = FaultScript(world.faults)
    for source, paths in requests_of_the_demo().items():
        for path in paths:
            script.next_for(source, f"host/{path}")
    assert set(script.served) == set(KINDS) - {"status_404"}
    assert sum(script.served.values()) == len(world.faults)
    assert all(fault.times == 1 for fault in world.faults)


def test_the_demo_lasts_35_to_50_seconds_at_its_limits() -> None:
    world = demo_world()
    costly = {"reset", "truncated", "redirect", "status_503"}
    again = sum(fault.kind in costly for fault in world.faults if fault.source == "basketball_reference")
    assert again == 4
    slowest = lower_bound_seconds(world.limits["basketball_reference"], 86 + again)
    assert 35 < slowest < 50
    assert lower_bound_seconds(world.limits["espn"], 50 + len(world.faults)) < slowest / 2


def test_hosts_belong_to_sources() -> None:
    world = DemoWorld()
    assert world.source_of("site.api.espn.com") == "espn"
    assert world.source_of("ant.test") == "ant"
    assert world.source_of("nobody.example") is None
    assert set(HOSTS.values()) == {*LIMITS, "kaggle"}


def test_faster_limits_keep_their_counts() -> None:
    quick = faster(LIMITS["basketball_reference"], 60)
    assert [(window.limit, window.seconds) for window in quick.windows] == [(20, 1.0), (500, 60.0)]
    assert quick.min_delay == 0.05


async def test_a_client_that_keeps_the_limits_is_never_refused() -> None:
    """Each request as early as the limits allow, plus a guard: the week drains in the time that was promised."""
    world = demo_world()
    hosts = {"espn": "site.api.espn.com", "basketball_reference": "www.basketball-reference.com"}
    paths = requests_of_the_demo()
    start = asyncio.get_running_loop().time()

    async def ask(session: aiohttp.ClientSession, url: str, at: float) -> None:
        await asyncio.sleep(start + at - asyncio.get_running_loop().time())
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(url, allow_redirects=False) as response:
                await response.read()

    async with serve(world) as server, aiohttp.ClientSession() as session:
        session._retry_connection = False  # aiohttp's own second request would come too early
        async with asyncio.TaskGroup() as group:
            for source, host in hosts.items():
                for n, path in enumerate(paths[source]):
                    at = 1.05 * lower_bound_seconds(world.limits[source], n + 1)
                    prefix = "apis/site/v2/sports/basketball/nba/" if source == "espn" and n else ""
                    group.create_task(ask(session, f"{server.url}/{host}/{prefix}{path}", at), name=path)
        report = server.report()
    assert report["totals"]["violations"] == 0
    assert report["totals"]["requests"] == 136
    assert sum(report["faults"].values()) == len(world.faults)
    assert report["totals"]["by_status"]["200"] == 136 - 8  # robots.txt of ESPN and seven faults of another status
    assert report["duration"] < 1.06 * 42
