"""Each page with what the running parts know, rendered."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.world import World, items_of, per

from adce_async.errors import RefusedError
from adce_async.service.pages import ServicePages
from adce_async.service.since_look import SinceLook
from adce_async.web.page.rendering import render


def world(folder: Path, **more: object) -> World:
    return World(folder, [items_of("ant", 4)], {"ant": per(100, 1.0)}, **more)  # type: ignore[arg-type]


def text(template: str, values: object) -> str:
    assert isinstance(values, dict)
    return render(template, 0.0, {"acts": True, **values}).decode()


async def test_the_overview_is_there_before_the_first_pass_and_after_it(tmp_path) -> None:
    made = world(tmp_path)
    pages = ServicePages(made.parts, lambda: None)
    assert "not done yet" in text("overview.html", await pages.overview())
    await made.reconciler.run()
    await made.pool.refresh()
    made.parts.health.trouble("source ant", "<script>alert(1)</script>")
    page = text("overview.html", await pages.overview())
    assert "4 gaps" in page
    assert "ant items: 0 % of 4, 4 missing" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


async def test_a_data_type_names_its_gaps(tmp_path) -> None:
    made = world(tmp_path)
    pages = ServicePages(made.parts, lambda: None)
    assert await pages.data("ant", "items", "all") is None  # nothing is known yet
    await made.reconciler.run()
    await made.pool.refresh()
    page = text("data.html", await pages.data("ant", "items", "all"))
    assert page.count("/keys/ant/") == 4
    assert await pages.data("ant", "items", "1999-00") is None


async def test_a_key_shows_what_was_tried_and_what_comes_next(tmp_path) -> None:
    def refuse(request):
        raise RefusedError("it is another game")

    made = world(tmp_path, script=refuse)
    pages = ServicePages(made.parts, lambda: None)
    await made.reconciler.run()
    await made.pool.refresh()
    page = text("key.html", await pages.key("ant/1.json"))
    assert "queued" in page
    assert "base" in page
    async with made.parts.telling(), made.pool.running():
        await made.pool.drained(10_000)
    page = text("key.html", await pages.key("ant/1.json"))
    assert "it is another game" in page
    assert "Retry" in page
    assert await pages.key("ant/99.json") is None
    assert await pages.key("../etc/passwd") is None


async def test_a_source_shows_its_limits_and_last_attempts(tmp_path) -> None:
    made = world(tmp_path)
    pages = ServicePages(made.parts, lambda: None)
    async with made.parts.telling(), made.pool.running():
        await made.reconciler.run()
        await made.pool.refresh()
        await made.pool.drained(100)
    page = text("source.html", await pages.source("ant"))
    assert "of 100 this second" in page
    assert page.count("/keys/ant/") == 4
    assert await pages.source("nobody") is None


async def test_curves_are_read_anew_after_a_while_only(tmp_path) -> None:
    made = world(tmp_path)
    pages = ServicePages(made.parts, lambda: None)
    await pages.overview()
    first = pages._points
    await pages.overview()
    assert pages._points is first
    made.clock.jump(61)
    await pages.overview()
    assert pages._points is not first


async def test_the_curve_ends_with_what_the_headline_says(tmp_path) -> None:
    made = world(tmp_path)
    since = SinceLook()
    pages = ServicePages(made.parts, lambda: None, since)
    await made.reconciler.run()
    await made.pool.refresh()
    assert (await pages.overview())["curves"][0].last == 0
    async with since.feeding(made.parts.events), made.pool.running():
        await made.pool.drained(1000)
    assert (await pages.overview())["curves"][0].last == 100
