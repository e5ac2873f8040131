"""What others ask for through gaps.json: nothing of it is lost, nothing of it stops anything."""

from __future__ import annotations

import json

import pytest
import structlog
from tests.scenario.world import World, items_of, per

from adce_async.engine.reconciling.expiry import ASKED_AT
from adce_async.engine.reconciling.intake import OUR_GAPS, SEASONS
from adce_async.errors import FixMeError, QueueError
from adce_async.model.coverage import Priority
from adce_async.testing.memory_queue import MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore

SEASON = {"source": "ant", "data_type": "items", "priority": "CRITICAL"}


def world(tmp_path, **more) -> World:
    return World(tmp_path, [items_of("ant", 6)], {"ant": per(100, 1.0)}, **more)


def drop(ant: World, *entries: object) -> None:
    ant.files.gaps.write_text(json.dumps({"tasks": list(entries)}))


async def priorities(ant: World) -> set[Priority]:
    return {task.priority for task in await ant.queue.tasks()}


async def test_a_season_keeps_the_priority_that_it_was_asked_for_until_it_is_filled(tmp_path) -> None:
    ant = world(tmp_path)
    drop(ant, SEASON)
    await ant.look()
    assert await priorities(ant) == {Priority.CRITICAL}
    await ant.look()
    assert await priorities(ant) == {Priority.CRITICAL}
    report = await ant.fill()
    assert report.complete
    assert await ant.reconciler._intake.seasons() == {}
    ant.store._objects.clear()
    await ant.look()
    assert await priorities(ant) == {Priority.HIGH}


async def test_a_season_that_the_queue_could_not_take_is_asked_for_again(tmp_path) -> None:
    class Full(MemoryQueue):
        full = False

        async def replace(self, tasks):
            if self.full:
                raise QueueError("disk full")
            await super().replace(tasks)

    queue = Full()
    ant = world(tmp_path, queue=queue)
    drop(ant, SEASON)
    queue.full = True
    with pytest.raises(QueueError):
        await ant.look()
    queue.full = False
    await ant.look()
    assert await priorities(ant) == {Priority.CRITICAL}


async def test_the_file_is_read_again_if_the_queue_could_not_take_it(tmp_path) -> None:
    class Full(MemoryQueue):
        full = True

        async def add(self, tasks):
            if self.full:
                raise QueueError("disk full")
            await super().add(tasks)

    queue = Full()
    ant = world(tmp_path, queue=queue)
    drop(ant, SEASON, {**SEASON, "keys": ["ant/1.json"]})
    with pytest.raises(QueueError):
        await ant.look()
    queue.full = False
    await ant.look()
    assert await priorities(ant) == {Priority.CRITICAL}


async def test_seasons_that_are_remembered_wrongly_are_forgotten(tmp_path) -> None:
    ant = world(tmp_path)
    for text in ("{", "5", "[5]", '[["ant.items", null, 99]]', '[["ant.items"]]'):
        await ant.reconciler._intake._state.set_text(SEASONS, text)
        assert (await ant.look()).tasks == 6


async def test_a_dry_look_at_a_task_file_changes_nothing(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.fill()
    mine = tmp_path / "mine.json"
    for entry in ({**SEASON, "keys": ["ant/1.json"], "force": True}, SEASON):
        mine.write_text(json.dumps({"tasks": [entry]}))
        tasks, problems = await ant.reconciler.preview(mine)
        assert [task.key for task in tasks] == (["ant/1.json"] if "keys" in entry else [])
        assert problems == ()
        assert await ant.queue.tasks() == []
        assert await ant.reconciler._intake.seasons() == {}
    ant.store._objects.clear()
    tasks, _ = await ant.reconciler.preview(mine)
    assert {task.priority for task in tasks} == {Priority.CRITICAL}
    assert len(tasks) == 6
    assert await ant.queue.tasks() == []


async def test_a_dry_look_at_gaps_json_changes_nothing_either(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.fill()
    drop(ant, {**SEASON, "keys": ["ant/1.json"], "force": True})
    before = ant.files.gaps.read_bytes(), await ant.reconciler._intake._state.get_text(OUR_GAPS)
    tasks, _ = await ant.reconciler.preview(None)
    assert [task.key for task in tasks] == ["ant/1.json"]
    assert await ant.queue.tasks() == []
    ant.files.gaps.write_text("{")
    assert await ant.reconciler.preview(None) == ([], ())
    assert ant.files.gaps.read_text() == "{"
    assert before[1] == await ant.reconciler._intake._state.get_text(OUR_GAPS)


async def test_a_task_file_with_a_bad_entry_is_taken_without_it(tmp_path) -> None:
    ant = world(tmp_path)
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps({"tasks": [5, {**SEASON, "keys": ["../x", "ant/1.json"]}]}))
    asked = await ant.reconciler.take_file(mine)
    assert asked.keys == {"ant/1.json"}
    assert len(asked.problems) == 2
    assert [task.key for task in await ant.queue.tasks()] == ["ant/1.json"]
    mine.write_text(json.dumps({"tasks": [5]}))
    with pytest.raises(FixMeError, match="expected an object"):
        await ant.reconciler.take_file(mine)


async def test_a_file_above_the_bound_is_set_aside_and_never_written_over(tmp_path) -> None:
    ant = world(tmp_path)
    ant.reconciler._intake._most_bytes = 1000
    drop(ant, *[{**SEASON, "keys": [f"ant/{number}.json"]} for number in range(50)])
    mine = ant.files.gaps.read_bytes()
    report = await ant.look()
    (problem,) = report.problems
    assert "at most 1000" in str(problem)
    assert "max_gap_file_bytes" in str(problem)
    (aside,) = tmp_path.glob("gaps.json.broken-*")
    assert aside.read_bytes() == mine
    assert (await ant.look()).problems == ()  # ours may be larger


async def test_a_file_that_comes_while_ours_is_about_to_be_written_is_not_written_over(tmp_path) -> None:
    class Late(MemoryState):
        """Somebody drops a file at the last moment: when all that lay there before has been taken in."""

        async def get_text(self, name):
            if name == ASKED_AT and not dropped:
                drop(ant, {**SEASON, "keys": ["ant/2.json"], "force": True})
                dropped.append(ant.files.gaps.read_bytes())
            return await super().get_text(name)

    dropped: list[bytes] = []
    ant = world(tmp_path, state=Late())
    await ant.look()
    assert dropped == [ant.files.gaps.read_bytes()]
    await ant.reconciler.read_gap_file()
    assert [task.key for task in await ant.queue.tasks() if task.force] == ["ant/2.json"]
    await ant.look()
    assert ant.files.gaps.read_bytes() not in dropped  # it is taken, and ours is in its place


async def test_our_own_file_may_be_larger_than_the_bound(tmp_path) -> None:
    ant = world(tmp_path)
    ant.reconciler._intake._most_bytes = 10
    await ant.look()
    assert (await ant.look()).problems == ()
    assert not list(tmp_path.glob("gaps.json.broken-*"))


@pytest.mark.parametrize("kind", ["broken", "large", "folder", "dangling"])
async def test_what_cannot_be_set_aside_stays_where_it_is_and_stops_nothing(tmp_path, monkeypatch, kind) -> None:
    ant = world(tmp_path)
    path = ant.files.gaps
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to("nowhere")
    else:
        path.write_bytes(b"{" if kind == "broken" else b" " * 5000)
        ant.reconciler._intake._most_bytes = 1000

    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.replace", refuse)
        with structlog.testing.capture_logs() as logs:
            for _ in range(6):
                report = await ant.look()
                assert report.tasks == 6
                assert len(report.problems) == 1
    assert len([each for each in logs if each["event"] == "gaps.json can't be taken"]) == 1
    assert path.is_dir() or path.is_symlink() or path.read_bytes() in (b"{", b" " * 5000)
    if kind in ("broken", "large"):
        await ant.look()
        assert len(list(tmp_path.glob("gaps.json.broken-*"))) == 1
        assert json.loads(path.read_text())["total_files"] == 6


async def test_two_broken_files_of_one_second_are_both_kept(tmp_path) -> None:
    ant = world(tmp_path)
    for text in ("{", "["):
        ant.files.gaps.write_text(text)
        await ant.look()
    assert {path.read_text() for path in tmp_path.glob("gaps.json.broken-*")} == {"{", "["}


async def test_keys_that_are_asked_for_are_looked_up_together(tmp_path) -> None:
    class Counting(MemoryStore):
        asked = 0

        async def head(self, key):
            raise AssertionError("one by one")

        async def heads(self, keys):
            self.asked += 1
            return await super().heads(keys)

    store = Counting()
    ant = world(tmp_path, store=store)
    drop(ant, {**SEASON, "keys": [f"ant/{number}.json" for number in range(6)]})
    await ant.reconciler.read_gap_file()
    assert len(await ant.queue.tasks()) == 6
    assert store.asked == 1


async def test_what_is_strange_in_an_entry_costs_that_alone(tmp_path) -> None:
    ant = world(tmp_path)
    bad = [
        None, 5, "x", [], {}, {**SEASON, "keys": 5}, {**SEASON, "keys": "ant/1.json"}, {**SEASON, "fields": 7},
        {**SEASON, "keys": [None, 5, True, "../x", "", "\ud800", "a\x1bb", "x" * 1000, ["ant/1.json"], "ant/\0.json"]},
        {**SEASON, "game_ids": [None, {}, "\ud800", True]}, {**SEASON, "fields": [{"id": None}, {"id": "\ud800"}, 5]},
        {**SEASON, "priority": "\x1b", "keys": ["ant/1.json"]}, {**SEASON, "season": {}, "keys": ["ant/1.json"]},
        {**SEASON, "source": ["ant"]},
    ]  # fmt: skip
    good = {
        **SEASON,
        "reason": "\ud800\x1b" * 9999,
        "id": [1],
        "fields": [{"id": "2"}, {"id": 3}],
        "keys": ["ant/1.json"],
    }
    drop(ant, *bad, good)
    with structlog.testing.capture_logs() as logs:
        await ant.reconciler.read_gap_file()
    tasks = await ant.queue.tasks()
    assert {task.key for task in tasks} == {"ant/1.json", "ant/2.json", "ant/3.json"}
    assert all(len(task.reason) <= 300 and task.reason.isprintable() for task in tasks)
    refused = [each["problem"] for each in logs if each["event"] == "gaps.json entry refused"]
    assert len(refused) == 21
    assert all(line.isprintable() and len(line) < 400 for line in refused)


async def test_a_million_bad_entries_are_not_a_million_lines(tmp_path) -> None:
    ant = world(tmp_path)
    drop(ant, *range(50_000))
    report = await ant.look()
    assert len(report.problems) == 21
    assert report.problems[-1].message == "and 49980 more"
