from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

from tests.scenario.world import World, items_of, per

from adce_async.errors import RefusedError
from adce_async.planning.maintenance import Window
from adce_async.service.lists import Lists
from adce_async.web.lists import COLUMNS, FILTERS
from adce_async.web.paging import Page


def world(folder: Path, count: int = 5, **more: object) -> World:
    declared = [items_of("ant", count), items_of("bee", 2)]
    return World(folder, declared, {"ant": per(1, 10.0), "bee": per(1, 10.0)}, **more)  # type: ignore[arg-type]


async def filled(made: World) -> World:
    await made.reconciler.run()
    await made.pool.refresh()
    return made


async def test_tasks_are_in_the_order_in_which_they_would_start(tmp_path) -> None:
    made = await filled(world(tmp_path))
    found = await Lists(made.parts).tasks(Page())
    assert [row["key"] for row in found.rows] == [task.key for task in made.pool.in_order()]
    assert found.more == {"queued": 7, "running": 0}
    first = found.rows[0]
    assert (first["state"], first["kind"], first["attempts"]) == ("queued", "missing", 0)
    assert isinstance(first["score"], float)


async def test_a_page_is_cut_out_and_filters_narrow_it_down(tmp_path) -> None:
    made = await filled(world(tmp_path))
    lists, order = Lists(made.parts), [task.key for task in made.pool.in_order()]
    assert [row["key"] for row in (await lists.tasks(Page(2, 3))).rows] == order[3:5]
    assert [row["key"] for row in (await lists.tasks(Page(2, 99))).rows] == []
    of_bee = await lists.tasks(Page(filters={"source": "BEE"}))
    assert {row["source"] for row in of_bee.rows} == {"bee"}
    assert len(of_bee.rows) == 2
    assert (await lists.tasks(Page(filters={"priority": "nonsense"}))).rows == []


async def test_a_long_page_leaves_the_loop_to_others_in_between(tmp_path: Path) -> None:
    made = await filled(world(tmp_path, 998))
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.create_task(tick())
    found = await Lists(made.parts).tasks(Page(1000))
    ticking.cancel()
    assert (len(found.rows), turns >= 9) == (1000, True)


async def test_delayed_tasks_come_last_and_say_until_when(tmp_path) -> None:
    made = world(tmp_path)
    await made.reconciler.run()
    now = made.clock.now()
    tasks = await made.queue.tasks()
    await made.queue.add([replace(tasks[0], not_before=now + 60)])
    made.queue._tasks[tasks[0].key] = replace(tasks[0], not_before=now + 60)
    await made.pool.refresh()
    rows = (await Lists(made.parts).tasks(Page())).rows
    assert [row["state"] for row in rows] == ["queued"] * 6 + ["delayed"]
    assert str(rows[-1]["waits_for"]).startswith("not before 20")
    assert [row["key"] for row in (await Lists(made.parts).tasks(Page(filters={"state": "delayed"}))).rows] == [
        tasks[0].key
    ]


async def test_gaps_are_what_waits_and_what_is_parked(tmp_path) -> None:
    def refuse(_request):
        raise RefusedError("it is another game")

    made = world(tmp_path, count=1, script=refuse)
    async with made.pool.running():
        await filled(made)
        await made.pool.drained(1000)
    lists = Lists(made.parts)
    found = await lists.gaps(Page())
    assert {row["state"] for row in found.rows} == {"parked"}
    assert len(found.rows) == 3
    assert found.more["total"] == 3
    parked = await lists.parked(Page(filters={"source": "bee"}))
    assert [row["reason"] for row in parked.rows] == ["it is another game"] * 2
    for listed in (lists.gaps, lists.parked):
        of_type = await listed(Page(filters={"data_type": "items", "source": "ant"}))
        assert [(row["data_type"], row["season"]) for row in of_type.rows] == [("items", None)]
        assert (await listed(Page(filters={"data_type": "boxes"}))).rows == []


async def test_each_row_has_the_columns_that_its_list_promises(tmp_path) -> None:
    made = world(tmp_path, count=1)
    async with made.parts.telling(), made.pool.running():
        await filled(made)
    for name in ("tasks", "gaps", "history", "sources"):
        found = await getattr(Lists(made.parts), name)(Page())
        for row in found.rows:
            assert [*row][: len(COLUMNS[name])] == [*COLUMNS[name]]
    assert set(COLUMNS) == set(FILTERS)


async def test_the_history_is_newest_first_and_narrowed_down(tmp_path) -> None:
    made = world(tmp_path)
    async with made.parts.telling(), made.pool.running():
        await filled(made)
        await made.pool.drained(1000)
    lists = Lists(made.parts)
    rows = (await lists.history(Page())).rows
    assert len(rows) == 7
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert {row["source"] for row in (await lists.history(Page(filters={"source": "bee"}))).rows} == {"bee"}
    assert (await lists.notes(Page())).rows == []


async def test_sources_say_what_holds_them(tmp_path) -> None:
    made = world(tmp_path)
    made.lanes["bee"].held.hold("operator", "paused by me")
    rows = {row["source"]: row for row in (await Lists(made.parts).sources(Page())).rows}
    assert (rows["ant"]["held"], rows["bee"]["held"]) == (None, "paused by me")
    assert rows["ant"]["windows"]


async def test_a_task_says_who_holds_everything_and_which_window_closes_its_source(tmp_path) -> None:
    made = await filled(world(tmp_path))
    always = [
        Window(dt.time(0), dt.time(12), "UTC", sources=frozenset({"ant"})),
        Window(dt.time(12), dt.time(0), "UTC", sources=frozenset({"ant"})),
    ]
    made.parts.apply(replace(made.rules, pool=replace(made.rules.pool, windows=always)), made.catalog)
    waits = {str(row["source"]): str(row["waits_for"]) for row in (await Lists(made.parts).tasks(Page())).rows}
    assert waits["ant"].startswith("maintenance until ")
    assert "maintenance" not in waits["bee"]
    made.pool.hold("resources", "memory at the limit")
    rows = (await Lists(made.parts).tasks(Page())).rows
    assert {row["waits_for"] for row in rows} == {"memory at the limit"}
