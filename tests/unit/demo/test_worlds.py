"""The configurations, and that the demo can end in time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt

import aiohttp

from adce_async.app import builtins
from adce_async.demo.faults import KINDS, FaultScript
from adce_async.demo.hoopr.site import Hoopr
from adce_async.demo.kaggle.site import Kaggle
from adce_async.demo.limit_audit import lower_bound_seconds
from adce_async.demo.prepared import HEADERS, addresses, ask_for
from adce_async.demo.server import serve
from adce_async.demo.site import Site
from adce_async.demo.worlds import DEMO_NOON, HOSTS, LIMITS, DemoWorld, WorldClock, demo_world, faster
from adce_async.model.days import eastern_day


def requests_of_the_demo() -> dict[str, list[str]]:
    """What a client has to ask for, in order, when nothing goes wrong: redirects included."""
    world = demo_world()
    sites: dict[str, Site] = {"hoopr": Hoopr(world.league()), "kaggle": Kaggle(world.league())}
    found = addresses(world)
    for source, site in sites.items():
        answers = [site.answer(ask_for(url, world.now())) for url in found[source]]
        found[source] += [answer.headers["location"] for answer in answers if answer.status == 302]
    return found


def test_the_demo_is_a_week_of_five_sources() -> None:
    world = demo_world()
    assert (world.first_day, world.last_day) == (dt.date(2024, 12, 9), dt.date(2024, 12, 15))
    assert {name: len(urls) for name, urls in requests_of_the_demo().items()} == {
        "espn": 84,
        "basketball_reference": 90,
        "nba_api": 184,
        "hoopr": 10,
        "kaggle": 11,
    }
    assert set(world.limits) == set(HOSTS.values())


def test_each_fault_of_the_demo_happens_and_heals() -> None:
    world = demo_world()
    script = FaultScript(world.faults)
    for source, urls in requests_of_the_demo().items():
        for url in urls:
            script.next_for(source, url.removeprefix("https://"))
    assert set(script.served) == set(KINDS) - {"status_404"}
    assert sum(script.served.values()) == len(world.faults)
    assert all(fault.times == 1 for fault in world.faults)


def test_the_demo_lasts_35_to_50_seconds_at_its_limits() -> None:
    world = demo_world()
    costly = {"reset", "truncated", "redirect", "status_503"}
    again = sum(fault.kind in costly for fault in world.faults if fault.source == "basketball_reference")
    assert again == 4
    bounds = {
        source: lower_bound_seconds(world.limits[source], len(urls) + len(world.faults))
        for source, urls in requests_of_the_demo().items()
        if source != "basketball_reference"
    }
    slowest = lower_bound_seconds(world.limits["basketball_reference"], 90 + again)
    assert 35 < slowest < 50
    assert max(bounds.values()) < slowest


def test_hosts_belong_to_sources() -> None:
    world = DemoWorld()
    assert world.source_of("site.api.espn.com") == "espn"
    assert world.source_of("ant.test") == "ant"
    assert world.source_of("nobody.example") is None
    assert world.source_of("release-assets.githubusercontent.com") == "hoopr"
    assert set(HOSTS.values()) == {*LIMITS, "kaggle"}
    for source, entry in builtins().sources.items():
        assert {world.source_of(host) for host in entry.hosts} == {source}


def test_faster_limits_keep_their_counts() -> None:
    quick = faster(LIMITS["basketball_reference"], 60)
    assert [(window.limit, window.seconds) for window in quick.windows] == [(20, 1.0), (500, 60.0)]
    assert quick.min_delay == 0.05


async def test_a_client_that_keeps_the_limits_is_never_refused() -> None:
    """Each request as early as the limits allow, plus a guard: the week drains in the time that was promised."""
    world = demo_world()
    urls = requests_of_the_demo()

    async def ask(session: aiohttp.ClientSession, mirror: str, url: str, at: float) -> None:
        await asyncio.sleep(start + at - asyncio.get_running_loop().time())
        host, _, path = url.removeprefix("https://").partition("/")
        address = f"{mirror}/{host}/{path}"
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(address, headers=HEADERS.get(host), allow_redirects=False) as response:
                await response.read()

    async with serve(world) as server, aiohttp.ClientSession() as session:
        session._retry_connection = False  # aiohttp's own second request would come too early
        start = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for source, of_source in urls.items():
                for n, url in enumerate(of_source):
                    at = 1.05 * lower_bound_seconds(world.limits[source], n + 1)
                    group.create_task(ask(session, server.url, url, at), name=url)
        report = server.report()
    assert report["totals"]["violations"] == 0
    assert report["totals"]["requests"] == sum(map(len, urls.values())) == 379
    assert sum(report["faults"].values()) == len(world.faults)
    assert report["duration"] < 1.06 * 41


def test_a_world_clock_goes_on_from_its_start() -> None:
    clock = WorldClock(DEMO_NOON)
    assert 0 <= clock.now() - DEMO_NOON < 5
    assert eastern_day(clock.now()) == dt.date(2024, 12, 16)
