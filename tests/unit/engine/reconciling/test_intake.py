"""What others ask for: taken in once, remembered until it is there, and never written over unread."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import structlog

from adce_async.adapters.cluster.opened import OWN_TEXTS
from adce_async.adapters.cluster.records import NodeTexts
from adce_async.engine.reconciling import gapfile, intake
from adce_async.engine.reconciling.gapfile import GapFileReader
from adce_async.engine.reconciling.intake import OUR_GAPS, SEASONS, Intake, raised
from adce_async.errors import FixMeError, QueueError
from adce_async.model.coverage import DataType, Priority
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import Origin
from adce_async.testing.clock import FakeClock
from adce_async.testing.example_tasks import queued, task
from adce_async.testing.memory_queue import MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore

SEASON = "2024-25"
WHOLE = {"source": "ant", "data_type": "items", "priority": "CRITICAL"}


def declared(source: str = "ant") -> Declared:
    pattern = PathPattern(f"{source}/{{season}}/{{id}}.json")
    data_type = DataType(source, "items", f"{source}_items", pattern)
    return Declared(data_type, (SEASON,), (ListDimension("id", ("1", "2", "3")),))


def key(number: object) -> str:
    return f"ant/{SEASON}/{number}.json"


def asking(*numbers: object, **more: object) -> dict[str, object]:
    return {**WHOLE, "keys": [key(number) for number in numbers], **more}


class Full(MemoryQueue):
    """A queue that can't take anything while it is `full`."""

    full = True

    async def add(self, tasks) -> None:
        if self.full:
            raise QueueError("disk full")
        await super().add(tasks)


class Counting(MemoryStore):
    """Says in groups of which size it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[int] = []

    async def heads(self, keys):
        self.groups.append(len(keys))
        return await super().heads(keys)


class Desk:
    """An intake, and what stands around it."""

    def __init__(self, folder: Path, queue: MemoryQueue | None = None, store: MemoryStore | None = None) -> None:
        self.path = folder / "gaps.json"
        self.queue = queue or MemoryQueue()
        self.store = store or MemoryStore()
        self.state = MemoryState()
        self.intake = Intake(
            reader=GapFileReader([declared()]), queue=self.queue, store=self.store, state=self.state,
            clock=FakeClock(), path=self.path, most_bytes=100_000,
        )  # fmt: skip

    def drop(self, *entries: object, path: Path | None = None) -> Path:
        path = path or self.path
        path.write_text(json.dumps({"tasks": list(entries)}))
        return path

    async def keys(self) -> set[str]:
        return set(await queued(self.queue))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# -- what is taken in --------------------------------------------------------------------------------------------------


async def test_what_it_asks_for_is_queued_as_somebody_s_wish(desk) -> None:
    desk.drop(asking(1, 2))
    assert await desk.intake.read() == ()
    tasks = await queued(desk.queue)
    assert tasks.keys() == {key(1), key(2)}
    assert {(each.origin, each.priority, each.files) for each in tasks.values()} == {
        (Origin.FILE, Priority.CRITICAL, 2)
    }
    assert (desk.intake.brought, desk.intake.wants_pass) == (True, False)


async def test_whether_somebody_asks_is_told_without_taking_it_in(desk) -> None:
    assert not await desk.intake.is_asked()
    for text in (json.dumps({"tasks": [asking(1)]}), "{"):
        desk.path.write_text(text)
        assert await desk.intake.is_asked()
    await desk.state.set_text(OUR_GAPS, gapfile.digest(b"{"))
    assert not await desk.intake.is_asked()
    assert (await desk.keys(), desk.path.read_text()) == (set(), "{")


async def test_a_file_is_taken_in_once(desk) -> None:
    desk.drop(asking(1))
    await desk.intake.read()
    await desk.queue.replace([])
    for _ in range(2):
        desk.queue._tasks.clear()
        assert await desk.intake.read() == ()
        assert await desk.keys() == set()
    desk.drop(asking(2))
    await desk.intake.read()
    assert await desk.keys() == {key(2)}


async def test_without_a_file_and_with_ours_nothing_happens(desk) -> None:
    assert await desk.intake.read() == ()
    body = gapfile.render([task(key(1))], 0.0)
    desk.path.write_bytes(body)
    await desk.state.set_text(OUR_GAPS, gapfile.digest(body))
    assert await desk.intake.read() == ()
    assert (await desk.keys(), desk.intake.brought) == (set(), False)


async def test_bad_entries_are_problems_and_the_others_are_taken(desk) -> None:
    desk.drop(5, asking(1))
    (problem,) = await desk.intake.read()
    assert problem.file == str(desk.path)
    assert "tasks[0]" in str(problem)
    assert await desk.keys() == {key(1)}


async def test_what_is_stored_is_asked_for_only_where_it_is_forced_or_known_to_be_a_gap(desk) -> None:
    for number in (1, 2, 3):
        desk.store.seed(key(number), b"{}")
    desk.intake.found(frozenset({key(2)}), 1000.0)
    desk.drop(asking(1, 2), asking(3, force=True))
    await desk.intake.read()
    assert await desk.keys() == {key(2), key(3)}


async def test_a_gap_that_was_filled_since_it_was_found_is_none_any_more(desk) -> None:
    desk.store.seed(key(1), b"{}", modified=900.0)  # stale when the pass looked
    desk.store.seed(key(2), b"{}", modified=1001.0)
    desk.intake.found(frozenset({key(1), key(2), key(3)}), 1000.0)
    desk.drop(asking(1, 2, 3))
    await desk.intake.read()
    assert await desk.keys() == {key(1), key(3)}


async def test_gaps_that_wait_in_the_queue_are_not_looked_up(tmp_path) -> None:
    desk = Desk(tmp_path, store=Counting())
    desk.intake.found(frozenset({key(1), key(2)}), 1000.0)
    await desk.queue.replace([task(key(1))])
    desk.drop(asking(1, 2))
    await desk.intake.read()
    assert desk.store.groups == [1]
    assert {each.origin for each in (await queued(desk.queue)).values()} == {Origin.FILE}


async def test_our_own_file_is_none_of_others_when_another_machine_has_written_one_since(tmp_path) -> None:
    """The state is one for all machines but for what is each one's own; the folder is this machine's."""
    shared = MemoryState()
    desk, other = Desk(tmp_path), Desk(tmp_path / "other")
    desk.intake._state = NodeTexts(shared, "one", OWN_TEXTS)
    other.intake._state = NodeTexts(shared, "two", OWN_TEXTS)
    body = gapfile.render([task(key(1))], 0.0)
    desk.path.write_bytes(body)
    await desk.intake.wrote(gapfile.digest(body))
    await other.intake.wrote("that of another pass")
    await desk.intake.read()
    assert (await desk.keys(), desk.intake.brought) == (set(), False)
    for each in (other.intake, desk.intake):  # a folder that both see
        each.apply(GapFileReader([declared()]), tmp_path / "gaps.json", 100_000)
    desk.path.write_bytes(body + b" ")
    await desk.intake.wrote(gapfile.digest(body + b" "))
    await other.intake.read()
    assert (await other.keys(), other.intake.brought) == (set(), False)


async def test_keys_are_looked_up_in_groups_and_none_without_need(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(intake, "AT_ONCE", 2)
    desk = Desk(tmp_path, store=Counting())
    for number in (1, 5, 6):
        desk.store.seed(key(number), b"{}")
    desk.drop(asking(*range(1, 6)), asking(6, force=True))
    await desk.intake.read()
    assert desk.store.groups == [2, 2, 1]
    assert await desk.keys() == {key(number) for number in (2, 3, 4, 6)}


async def test_a_lake_that_cannot_be_asked_costs_a_request_and_no_wish(desk) -> None:
    desk.store.seed(key(1), b"{}")
    desk.store.broken = "no such disk"
    desk.drop(asking(1))
    with structlog.testing.capture_logs() as lines:
        await desk.intake.read()
    assert await desk.keys() == {key(1)}
    assert "the lake could not be asked" in {line["event"] for line in lines}


async def test_what_the_queue_could_not_take_is_read_again(tmp_path) -> None:
    desk = Desk(tmp_path, queue=Full())
    desk.drop(asking(1), WHOLE)
    with pytest.raises(QueueError):
        await desk.intake.read()
    assert not desk.intake.brought
    desk.queue.full = False
    await desk.intake.read()
    assert await desk.keys() == {key(1)}
    assert desk.intake.wants_pass


# -- whole seasons -----------------------------------------------------------------------------------------------------


async def test_a_whole_season_takes_a_pass_and_is_remembered_beyond_this_process(desk, tmp_path) -> None:
    desk.drop(WHOLE, {**WHOLE, "season": SEASON, "priority": "LOW"})
    await desk.intake.read()
    asked = {("ant.items", None): Priority.CRITICAL, ("ant.items", SEASON): Priority.LOW}
    assert desk.intake.wants_pass
    assert await desk.intake.seasons() == asked
    other = Desk(tmp_path)
    other.state.texts.update(desk.state.texts)
    assert await other.intake.seasons() == asked


async def test_a_season_is_asked_for_until_none_of_its_tasks_is_left(desk) -> None:
    asked = {("ant.items", None): Priority.HIGH, ("ant.items", "2023-24"): Priority.HIGH}
    await desk.intake.remember(asked)
    await desk.intake.settle(asked, [task(key(1), data_type="items")])
    assert await desk.intake.seasons() == {("ant.items", None): Priority.HIGH}
    await desk.intake.settle(asked, [])
    assert await desk.intake.seasons() == {}


async def test_what_is_asked_for_during_a_pass_outlives_it(desk) -> None:
    """The pass has planned without it: that no task of it is queued says nothing."""
    asked = {("ant.items", None): Priority.HIGH}
    late = {("ant.items", SEASON): Priority.LOW}
    await desk.intake.remember({**asked, **late})
    await desk.intake.settle(asked, [])
    assert await desk.intake.seasons() == late


@pytest.mark.parametrize("text", ["{", "5", "[5]", '[["ant.items"]]', '[["ant.items", null, 99]]'])
async def test_seasons_that_are_remembered_wrongly_are_forgotten_and_it_is_said(desk, text) -> None:
    await desk.state.set_text(SEASONS, text)
    with structlog.testing.capture_logs() as lines:
        assert await desk.intake.seasons() == {}
    assert [line["event"] for line in lines] == ["the seasons asked for are forgotten"]


def test_tasks_of_a_season_get_its_priority_at_least() -> None:
    here = task("1", data_type="items", priority=Priority.MEDIUM)
    urgent = task("2", data_type="items", priority=Priority.CRITICAL)
    other = task("3", data_type="items", season="2023-24", priority=Priority.LOW)
    found = raised([here, urgent, other], {("ant.items", SEASON): Priority.HIGH})
    assert [each.priority for each in found] == [Priority.HIGH, Priority.CRITICAL, Priority.LOW]
    assert [each.files for each in found] == [1, 1, 1]  # counted anew: they have left their groups
    every = raised([here, other], {("ant.items", None): Priority.CRITICAL, ("ant.items", SEASON): Priority.HIGH})
    assert [each.priority for each in every] == [Priority.HIGH, Priority.CRITICAL]  # the nearer one counts
    assert raised([here, other], {}) == [here, other]


# -- what can't be taken -----------------------------------------------------------------------------------------------


async def test_a_broken_file_is_set_aside_and_changes_nothing(desk) -> None:
    desk.path.write_text('{"tasks": [')
    (problem,) = await desk.intake.read()
    (aside,) = desk.path.parent.glob("gaps.json.broken-*")
    assert aside.read_text() == '{"tasks": ['
    assert aside.name in str(problem)
    assert not desk.path.exists()
    assert (desk.intake.in_the_way, desk.intake.brought, await desk.keys()) == (False, False, set())


async def test_a_file_that_is_being_written_is_no_broken_one(desk) -> None:
    whole = json.dumps({"tasks": [asking(1)]})
    reading = asyncio.create_task(desk.intake.read())
    for length in (0, 10, 30, len(whole)):
        desk.path.write_text(whole[:length])
        await asyncio.sleep(0.4)
    assert await reading == ()
    assert await desk.keys() == {key(1)}
    assert not list(desk.path.parent.glob("gaps.json.broken-*"))


async def test_what_cannot_be_moved_is_in_the_way_until_it_is_gone_and_said_once(desk) -> None:
    desk.path.mkdir()
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            (problem,) = await desk.intake.read()
            assert "move it away" in str(problem)
            assert desk.intake.in_the_way
    assert [line["event"] for line in lines] == ["gaps.json can't be taken"]
    desk.path.rmdir()
    assert await desk.intake.read() == ()
    assert not desk.intake.in_the_way
    desk.path.mkdir()
    with structlog.testing.capture_logs() as lines:
        await desk.intake.read()
    assert len(lines) == 1  # it is news again


# -- looking, and other files ------------------------------------------------------------------------------------------


async def test_looking_takes_nothing_in(desk) -> None:
    desk.drop(asking(1), WHOLE)
    read = await desk.intake.look()
    assert [each.key for each in read.tasks] == [key(1)]
    assert len(read.whole) == 1
    assert (await desk.keys(), desk.state.texts, desk.intake.brought) == (set(), {}, False)
    desk.path.write_text("{")
    assert await desk.intake.look() == gapfile.FileTasks((), (), ())
    assert desk.path.read_text() == "{"
    desk.path.unlink()
    assert await desk.intake.look() == gapfile.FileTasks((), (), ())


async def test_another_file_is_looked_at_and_then_taken(desk, tmp_path) -> None:
    desk.store.seed(key(2), b"{}")
    mine = desk.drop(5, asking(1, 2), WHOLE, path=tmp_path / "mine.json")
    read = await desk.intake.look_at(mine)
    assert len(read.problems) == 1
    assert (await desk.keys(), desk.state.texts) == (set(), {})
    await desk.intake.take(read)
    assert await desk.keys() == {key(1)}
    assert await desk.intake.seasons() == {("ant.items", None): Priority.CRITICAL}
    assert mine.exists()


async def test_a_file_without_anything_to_take_is_for_a_person_to_fix(desk, tmp_path) -> None:
    mine = tmp_path / "mine.json"
    with pytest.raises(FixMeError, match=r"mine\.json: there is no such file"):
        await desk.intake.look_at(mine)
    mine.write_text("{")
    with pytest.raises(FixMeError, match=r"mine\.json:1: column 2"):
        await desk.intake.look_at(mine)
    assert mine.read_text() == "{"  # it is not ours to move
    desk.drop(5, path=mine)
    with pytest.raises(FixMeError, match="expected an object"):
        await desk.intake.look_at(mine)
    desk.drop(path=mine)
    assert (await desk.intake.look_at(mine)).tasks == ()


async def test_what_is_applied_holds_from_the_next_file_on(desk, tmp_path) -> None:
    other = tmp_path / "other.json"
    desk.intake.apply(GapFileReader([declared("bee")]), other, 200)
    desk.drop(asking(1))
    desk.drop({"source": "bee", "data_type": "items", "keys": [f"bee/{SEASON}/1.json"]}, path=other)
    assert await desk.intake.read() == ()
    assert await desk.keys() == {f"bee/{SEASON}/1.json"}
    other.write_bytes(b" " * 201)
    (problem,) = await desk.intake.read()
    assert "at most 200" in str(problem)
