"""What somebody sees who knows nothing but the page: the four answers, in each state that matters."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.browser.conftest import Browsing, Tab
from tests.scenario.world import World, echo, items_of, per

from adce_async.errors import RefusedError
from adce_async.service.window import Window
from adce_async.web.server import WebLimits, serving

WELL, COMPLETE, DOING, DONE = "Well?", "Complete?", "Doing what?", "Done when?"
MANY = WebLimits(requests_per_second=1000.0, burst=1000)


def world(folder: Path, script=echo) -> World:
    declared = [items_of("ant", 40), items_of("bee", 4), items_of("bee", 3, name="hives")]
    return World(folder, declared[:2], {"ant": per(2, 60.0), "bee": per(100, 1.0)}, script, latency=0.0)


@contextlib.asynccontextmanager
async def served(made: World, next_pass: float | None = 700.0, limits: WebLimits = MANY) -> AsyncIterator[str]:
    window = Window(made.parts, lambda: 1, lambda: next_pass)
    async with window.feeding(), serving(window.site(), "127.0.0.1", 0, limits) as url:
        yield url


async def sound(tab: Tab) -> None:
    """Nothing is wrong with the page itself."""
    assert await tab.accessible() == []
    assert tab.wrong == []


def test_before_the_first_look(browsing: Browsing, tmp_path: Path) -> None:
    async def job() -> None:
        async with served(world(tmp_path), None) as url, browsing.tab(url) as tab:
            await tab.shot("before-the-first-look")
            assert await tab.answers() == {
                WELL: "Yes", COMPLETE: "Not known yet", DOING: "Looking at the lake", DONE: "Not known yet",
            }  # fmt: skip
            await sound(tab)

    browsing.run(job)


def test_with_gaps_it_says_how_many_and_when_they_are_filled(browsing: Browsing, tmp_path: Path) -> None:
    async def job() -> None:
        made = world(tmp_path)
        await made.look()
        async with served(made) as url, browsing.tab(url) as tab:
            await tab.shot("gaps")
            found = await tab.answers()
            assert found == {WELL: "Yes", COMPLETE: "0 %", DOING: "Waiting", DONE: found[DONE]}
            assert found[DONE].startswith("At ")
            assert "44 of 44 are missing" in await tab.page.inner_text(".answers")
            assert "ant allows 2 a minute" in await tab.page.inner_text(".answers")
            await tab.page.click(".map td a")
            await tab.page.wait_for_selector("h1:has-text('ant items')")
            assert await tab.page.locator("tbody tr").count() == 40
            await sound(tab)
            await tab.page.click("tbody a >> nth=0")
            await tab.page.wait_for_selector("h2:has-text('Attempts')")
            await tab.shot("key")
            await sound(tab)

    browsing.run(job)


def test_a_blocked_source_is_named_with_why_and_until_when(browsing: Browsing, tmp_path: Path) -> None:
    async def job() -> None:
        made = world(tmp_path)
        await made.look()
        made.limiters["ant"].throttled(1800.0, "HTTP 403 from ant.test")
        made.parts.health.trouble("source ant", made.lanes["ant"].trouble())
        async with made.pool.running():
            await made.pool.drained(5.0)
        await made.look()
        async with served(made) as url, browsing.tab(url) as tab:
            await tab.shot("blocked")
            found = await tab.answers()
            assert found == {WELL: "At work, with trouble", COMPLETE: "9.09 %", DOING: "Waiting", DONE: found[DONE]}
            said = await tab.page.inner_text(".answers")
            assert "source ant: cooling" in said
            assert "HTTP 403" in said
            assert "if ant serves again" in said
            await sound(tab)
            await tab.page.click(".lanes h3 a >> nth=0")
            await tab.page.wait_for_selector("h1:has-text('ant')")
            await tab.shot("source")
            await sound(tab)

    browsing.run(job)


def test_a_reconciler_that_has_stopped_is_not_well(browsing: Browsing, tmp_path: Path) -> None:
    async def job() -> None:
        made = world(tmp_path)
        made.parts.health.beat("reconciler", 0.0, "listing the lake")
        async with served(made, None) as url, browsing.tab(url) as tab:
            await tab.shot("stopped-reconciler")
            assert await tab.answers() == {
                WELL: "No", COMPLETE: "Not known yet", DOING: "Nothing", DONE: "Not known yet",
            }  # fmt: skip
            assert "reconciler: gives no sign of life" in await tab.page.inner_text(".answers")
            assert "listing the lake" in await tab.page.inner_text("#s-trouble")
            await sound(tab)

    browsing.run(job)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)])
def test_with_everything_done_it_says_so(browsing: Browsing, tmp_path: Path, width: int, dark: bool) -> None:
    async def job() -> None:
        made = World(tmp_path, [items_of("ant", 4), items_of("bee_with_a_long_name", 4)],
                     {"ant": per(100, 1.0), "bee_with_a_long_name": per(100, 1.0)}, latency=0.0)  # fmt: skip
        await made.fill()
        async with served(made) as url, browsing.tab(url, width=width, dark=dark) as tab:
            await tab.shot(f"done-{width}-{'dark' if dark else 'light'}")
            assert await tab.answers() == {WELL: "Yes", COMPLETE: "Yes", DOING: "Nothing", DONE: "Done"}
            assert await tab.width() <= width
            box = await tab.page.locator(".map td a").first.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width  # numbers are seen without scrolling
            await sound(tab)

    browsing.run(job)


def test_where_looking_needs_a_token_a_browser_asks_for_it_as_a_password(browsing: Browsing, tmp_path: Path) -> None:
    async def job() -> None:
        made = world(tmp_path)
        await made.look()
        closed = replace(MANY, readers_open=False, read_token="only-for-looking")
        async with served(made, limits=closed) as url:
            async with browsing.tab(url, http_credentials={"username": "me", "password": "only-for-looking"}) as tab:
                assert (await tab.answers())[COMPLETE] == "0 %"
                made.parts.health.trouble("lake", "the disk is full")
                await tab.page.wait_for_selector("#event-list li:has-text('trouble raised')")
                await tab.page.wait_for_selector(".answers strong:has-text('At work, with trouble')")
                await sound(tab)
            async with browsing.tab(url, http_credentials={"username": "me", "password": "a guess"}) as tab:
                assert "expected a token of this service" in await tab.page.inner_text("body")

    browsing.run(job)


def test_parked_keys_say_that_they_need_a_person(browsing: Browsing, tmp_path: Path) -> None:
    def refuse(request):
        raise RefusedError("it is another game")

    async def job() -> None:
        made = World(tmp_path, [items_of("ant", 2)], {"ant": per(100, 1.0)}, refuse, latency=0.0)
        await made.fill()
        async with served(made) as url, browsing.tab(url, width=360) as tab:
            await tab.shot("parked")
            found = await tab.answers()
            assert (found[COMPLETE], found[DONE]) == ("0 %", "Not by itself")
            assert "it is another game" in await tab.page.inner_text("#s-trouble")
            assert await tab.width() <= 360
            await sound(tab)

    browsing.run(job)
