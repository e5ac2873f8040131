"""What is known to be stored: by listings, by reports as of their time, and by what has happened since."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.engine.reconciling.stored_index import IndexRules, StoredIndex
from adce_async.errors import StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.stored_change import StoredChange
from adce_async.model.stored_columns import StoredColumns
from adce_async.ports import ReportRules, StoredReport
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_store import MemoryStore

HOUR = 3600.0


class Report:
    """A report of S3 Inventory: it does not know what is ours."""

    def __init__(self, as_of: float, *objects: StoredObject) -> None:
        self.as_of, self.source = as_of, f"the report as of {as_of:.0f}"
        self._objects = objects
        self.read = 0
        self.broken = False

    async def batches(self) -> AsyncIterator[StoredColumns]:
        self.read += 1
        if self.broken:
            raise StoreError("a file of it is not what its checksum says")
        known = StoredColumns.of(self._objects)
        yield StoredColumns(known.keys, known.sizes, known.modified, known.etags)


class Reports:
    def __init__(self) -> None:
        self.all: list[Report] = []
        self.had: list[float] = []
        self.denied = False

    def apply(self, rules: ReportRules) -> None:
        raise AssertionError(rules)

    async def newest(self, *, not_before: float, not_after: float = math.inf, had: float = -1.0) -> StoredReport | None:
        self.had.append(had)
        if self.denied:
            raise StoreError("AccessDenied")
        found = [report for report in self.all if not_before <= report.as_of <= not_after]
        return max(found, key=lambda report: report.as_of, default=None)


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock("2024-11-28T12:00:00Z")
        self.store = MemoryStore()
        self.reports = Reports()
        self.rules = IndexRules(full_every=HOUR, report_age=48 * HOUR)
        self.indexes: list[StoredIndex] = []
        self.index = self.open()

    def open(self) -> StoredIndex:
        self.indexes.append(StoredIndex(self.store, self.clock, self.folder, self.reports, self.rules))
        self.index = self.indexes[-1]
        return self.index

    async def refresh(self) -> tuple[str, int]:
        refreshed = await self.index.refresh(["a/"], ["a/"])
        self.changed = refreshed.changed
        return refreshed.by, refreshed.drift.count

    def keys(self) -> list[str]:
        return [found.key for found in self.index.rows("a/").to_objects()]

    def at(self, hours: float) -> float:
        return self.clock.now() + hours * HOUR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "index")
    made.store.seed("a/1", b"1")
    made.store.seed("a/2", b"22")
    yield made
    for index in made.indexes:
        index.close()


async def test_it_is_listed_once_an_interval(world: World) -> None:
    assert await world.refresh() == ("listing", 0)
    assert world.changed is None
    world.clock.jump(HOUR - 60)
    assert await world.refresh() == ("index", 0)
    assert world.changed == {}
    world.clock.jump(120)
    assert await world.refresh() == ("listing", 0)
    assert world.keys() == ["a/1", "a/2"]


async def test_a_clock_that_was_set_back_is_reason_to_list(world: World) -> None:
    await world.refresh()
    world.clock.jump(-5 * HOUR)
    assert await world.refresh() == ("listing", 0)


async def test_without_an_interval_each_pass_lists(world: World) -> None:
    world.index.apply(IndexRules())
    for _ in range(3):
        assert await world.refresh() == ("listing", 0)


async def test_our_puts_and_the_changes_of_others_count_at_once(world: World) -> None:
    await world.refresh()
    mine = StoredObject("a/3", 3, "e", world.clock.now(), verified=True)
    world.index.put(mine, world.clock.now())
    assert world.index.apply_changes([StoredChange("a/1", removed=True, at=world.clock.now())]) == {"a/1"}
    assert await world.refresh() == ("index", 0)
    assert world.changed == {"a/3": mine, "a/1": None}
    assert world.keys() == ["a/2", "a/3"]
    assert await world.refresh() == ("index", 0)
    assert world.changed == {}


async def test_what_nobody_told_of_is_drift_and_is_put_right(world: World) -> None:
    await world.refresh()
    world.store.delete("a/1")
    world.store.seed("a/2", b"other")
    world.store.seed("a/4", b"4")
    assert world.keys() == ["a/1", "a/2"]
    world.clock.jump(2 * HOUR)
    assert await world.refresh() == ("listing", 3)
    assert world.changed is not None
    assert sorted(world.changed) == ["a/1", "a/2", "a/4"]
    assert world.keys() == ["a/2", "a/4"]


async def test_what_was_told_of_is_no_drift(world: World) -> None:
    await world.refresh()
    world.clock.jump(2 * HOUR)
    world.store.delete("a/1")
    world.index.apply_changes([StoredChange("a/1", removed=True, at=world.at(-1))])
    assert await world.refresh() == ("listing", 0)


async def test_a_report_is_taken_instead_and_what_came_after_it_wins(world: World) -> None:
    one, two = (StoredObject(f"a/{n}", n, f"e{n}", world.at(-30)) for n in (1, 2))
    world.reports.all.append(Report(world.at(-20), one, two, StoredObject("b/1", 1, "x", 1.0)))
    world.index.apply_changes(
        [
            StoredChange("a/1", removed=True, at=world.at(-10)),  # since the report
            StoredChange("a/2", removed=True, at=world.at(-25)),  # before it: it was stored again
            StoredChange("a/5", removed=False, size=5, etag="e5", at=world.at(-19)),
        ]
    )
    mine = StoredObject("a/6", 6, "e6", world.at(-1), verified=True)
    world.index.put(mine, world.at(-1))
    assert await world.refresh() == ("report", 0)
    assert world.keys() == ["a/2", "a/5", "a/6"]
    assert mine in world.index.rows("").to_objects()
    assert "b/1" not in [found.key for found in world.index.rows("").to_objects()]


async def test_the_same_report_is_read_once(world: World) -> None:
    report = Report(world.at(-20), StoredObject("a/1", 1, "e", 1.0))
    world.reports.all.append(report)
    assert await world.refresh() == ("report", 0)
    world.clock.jump(2 * HOUR)
    assert await world.refresh() == ("index", 0)
    assert report.read == 1


async def test_a_report_that_is_too_old_is_no_reason_not_to_list(world: World) -> None:
    world.reports.all.append(Report(world.at(-49), StoredObject("a/9", 1, "e", 1.0)))
    assert await world.refresh() == ("listing", 0)


async def test_what_is_ours_stays_ours_in_a_report_that_does_not_know(world: World) -> None:
    mine = StoredObject("a/7", 7, "e7", world.at(-30), verified=True)
    await world.refresh()
    world.index.put(mine, world.at(0))
    world.clock.jump(10 * HOUR)
    listed = StoredObject("a/7", 7, "e7", world.at(-5))
    world.reports.all.append(Report(world.at(-1), listed, StoredObject("a/1", 1, "other", world.at(-3))))
    by, drift = await world.refresh()
    assert (by, drift) == ("report", 2)  # a/1 is another one, a/2 is gone
    assert world.index.rows("a/7").to_objects() == [mine]


async def test_a_report_from_the_future_is_none(world: World) -> None:
    world.reports.all.append(Report(world.at(48), StoredObject("a/9", 9, "e9", 1.0)))
    assert await world.refresh() == ("listing", 0)
    world.reports.all.append(Report(world.clock.now() + 30, StoredObject("a/9", 9, "e9", 1.0)))  # clocks differ
    world.index.apply(replace(world.index.rules, full_every=0.0))
    assert (await world.refresh())[0] == "report"


async def test_the_first_report_is_told_what_is_ours_by_the_lake_itself(world: World) -> None:
    mine, changed, gone = (StoredObject(f"a/{n}", n, f"e{n}", world.at(-90), verified=True) for n in (1, 2, 3))

    class Knowing(MemoryStore):
        async def own_objects(self) -> AsyncIterator[Sequence[StoredObject]]:
            yield [mine, changed]
            yield [gone]

    world.store = Knowing()
    listed = [replace(mine, modified=world.at(-80), verified=False), StoredObject("a/2", 2, "theirs", world.at(-30))]
    world.reports.all.append(Report(world.at(-20), *listed))
    world.open()
    assert await world.refresh() == ("report", 0)
    assert world.index.rows("a/").to_objects() == [mine, listed[1]]


async def test_a_restart_needs_no_listing_while_the_index_is_young(world: World) -> None:
    await world.refresh()
    world.index.put(StoredObject("a/3", 3, "e", 5.0, verified=True), world.clock.now())
    world.index.close()
    await world.open().load()
    world.index.trust()
    assert await world.refresh() == ("index", 0)
    assert world.changed is None
    assert world.keys() == ["a/1", "a/2", "a/3"]
    world.clock.jump(2 * HOUR)
    world.index.close()
    await world.open().load()
    world.index.trust()
    assert (await world.refresh())[0] == "listing"


async def test_who_does_not_trust_what_is_there_lists_and_sees_the_drift(world: World) -> None:
    await world.refresh()
    world.store.delete("a/1")
    world.index.close()
    await world.open().load()
    assert await world.refresh() == ("listing", 1)


@pytest.mark.parametrize("damage", ["cut", "gone", "document"])
async def test_a_damaged_index_is_listed_anew(world: World, damage: str) -> None:
    await world.refresh()
    (path,) = world.folder.glob("*.arrow")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "gone":
        path.unlink()
    else:
        (world.folder / "stored.json").write_text("{")
    world.index.close()
    await world.open().load()
    world.index.trust()
    assert await world.refresh() == ("listing", 0)
    assert world.keys() == ["a/1", "a/2"]


async def test_a_file_that_breaks_later_fails_one_pass(world: World) -> None:
    await world.refresh()
    (path,) = world.folder.glob("*.arrow")
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="listed anew"):
        world.keys()
    assert await world.refresh() == ("listing", 0)
    assert world.keys() == ["a/1", "a/2"]


async def test_a_listing_that_fails_changes_nothing(world: World) -> None:
    await world.refresh()
    world.clock.jump(2 * HOUR)
    world.store.broken = "no network"
    with pytest.raises(StoreError, match="no network"):
        await world.refresh()
    world.store.broken = None
    assert world.keys() == ["a/1", "a/2"]
    assert await world.refresh() == ("listing", 0)


async def test_more_prefixes_than_were_listed_are_listed(world: World) -> None:
    await world.refresh()
    world.store.seed("c/1", b"1")
    refreshed = await world.index.refresh(["a/", "c/"], ["a/", "c/"])
    assert (refreshed.by, refreshed.drift.count, refreshed.changed) == ("listing", 0, None)
    assert [found.key for found in world.index.rows("c/").to_objects()] == ["c/1"]


async def test_other_beginnings_need_no_listing(world: World) -> None:
    await world.refresh()
    refreshed = await world.index.refresh(["a/"], ["a/1", "a/2"])
    assert refreshed.by == "index"
    assert [found.key for found in world.index.rows("a/2").to_objects()] == ["a/2"]


async def test_without_a_folder_nothing_is_left(world: World) -> None:
    index = StoredIndex(world.store, world.clock)
    await index.load()
    with pytest.raises(StoreError, match="never listed"):
        index.rows("a/")
    await index.refresh(["a/"], ["a/"])
    assert index.rows("a/1").to_objects()[0].key == "a/1"
    index.close()
    assert not index._folder.exists()


async def test_a_report_that_can_not_be_used_is_no_reason_not_to_look(world: World) -> None:
    world.reports.all.append(Report(world.at(-1), StoredObject("a/0", 5, "e0", world.at(-9))))
    world.reports.all[0].broken = True
    assert (await world.refresh())[0] == "listing"
    assert world.keys() == ["a/1", "a/2"]
    world.clock.jump(2 * HOUR)
    world.reports.denied = True
    assert await world.refresh() == ("listing", 0)


async def test_whoever_has_reports_is_told_which_one_we_have(world: World) -> None:
    as_of = world.at(-1)
    world.reports.all.append(Report(as_of, StoredObject("a/1", 5, "e1", world.at(-9))))
    await world.refresh()
    world.clock.jump(2 * HOUR)
    assert (await world.refresh())[0] == "index"
    assert world.reports.had == [-1.0, as_of]


async def test_what_we_have_put_and_somebody_has_removed_a_moment_later_is_missing(world: World) -> None:
    await world.refresh()
    world.store.seed("a/3", b"333")
    found = await world.store.head("a/3")
    assert found is not None
    world.index.put(found, world.clock.now())
    world.clock.jump(2)
    world.store.delete("a/3")
    world.clock.jump(2)
    world.index.apply(replace(world.index.rules, full_every=0.0))
    assert await world.refresh() == ("listing", 1)
    assert world.keys() == ["a/1", "a/2"]
    world.index.close()
    reopened = world.open()
    await world.refresh()
    assert [found.key for found in reopened.rows("a/").to_objects()] == ["a/1", "a/2"]
