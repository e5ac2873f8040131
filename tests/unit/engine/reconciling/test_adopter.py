"""Taking over a lake: what is said of it, and what is made of its times from then on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scenario.world import World, item, items_of, per

from adce_async.engine.reconciling.adopter import Adopter, Found
from adce_async.errors import StoreError
from adce_async.model.adoption import ADOPTION, Adoption, Budget
from adce_async.model.coverage import StoredObject
from adce_async.model.days import DAY, iso
from adce_async.ports import Provenance
from adce_async.testing.memory_store import MemoryStore

BUDGET = Budget(1000, 1_000_000)


class Copied(MemoryStore):
    """Objects tell that they are ours only to who looks them up, as those of a bucket that was copied."""

    def __init__(self, fetched_at: float) -> None:
        super().__init__()
        self.fetched_at = fetched_at
        self.asked = 0

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        self.asked += len(keys)
        return {
            key: replace(each, modified=self.fetched_at, verified=True)
            for key, each in (await super().heads(keys)).items()
        }


def world(folder: Path, count: int = 100, **more: object) -> World:
    return World(folder, [items_of("ant", count, freshness_seconds=DAY, min_bytes=5)], {"ant": per(100, 1.0)}, **more)  # type: ignore[arg-type]


def adopter(of: World) -> Adopter:
    ports = of.parts.ports
    return Adopter(of.parts.surveyor, of.catalog.declared, ports.store, ports.texts, ports.clock)


async def adopt(of: World) -> Found:
    one = adopter(of)
    found = await one.look(BUDGET)
    await one.adopt(found, BUDGET)
    return found


async def test_it_says_what_is_there_and_changes_nothing(tmp_path: Path) -> None:
    ant = world(tmp_path)
    for number in range(60):
        ant.store.seed(f"ant/{number}.json", item(number), modified=ant.clock.now())
    ant.store.seed("ant/60.json", b'{"id": "1"}', modified=ant.clock.now())
    ant.store.seed("ant/x999.json", b"nothing expects it", modified=ant.clock.now())
    for number in range(3):
        ant.store.seed(f"backup/2020/{number}.tar", b"12345678", modified=ant.clock.now())
    ant.store.seed("readme.txt", b"hello", modified=ant.clock.now())
    told = (await adopter(ant).look(BUDGET)).as_dict()
    counts = {"objects": 66, "known": 0, "expected": 100, "there": 61, "missing": 39, "invalid": 1}
    assert {name: told[name] for name in counts} == counts
    assert told["unexpected"] == [{"prefix": "ant.items", "objects": 1, "bytes": 18}]
    assert told["not_of_the_inventory"] == [
        {"prefix": "backup/", "objects": 3, "bytes": 24}, {"prefix": "(no folder)", "objects": 1, "bytes": 5},
    ]  # fmt: skip
    assert told["copied"] == {
        "objects": 66,
        "spans": [{"from": iso(ant.clock.now()), "to": iso(ant.clock.now()), "objects": 66}],
    }
    assert (told["stale"], told["list_operations"]) == (60, 1)
    left = list(tmp_path.iterdir())  # noqa: ASYNC240
    assert (await ant.queue.tasks(), left, ant.state.texts) == ([], [], {})


async def test_names_that_are_left_out_are_counted(tmp_path: Path) -> None:
    class Odd(MemoryStore):
        async def list(self, prefix=""):
            self.unusable_names += 2
            async for batch in super().list(prefix):
                yield batch

    ant = world(tmp_path, store=Odd())
    ant.store.unusable_names = 7
    assert (await adopter(ant).look(BUDGET)).unusable_names == 2


async def test_before_it_is_adopted_a_lakes_times_count_as_they_are(tmp_path: Path) -> None:
    ant = world(tmp_path)
    for number in range(100):
        ant.store.seed(f"ant/{number}.json", item(number), modified=ant.clock.now())
    assert (await ant.reconciler.run()).complete


async def test_times_of_a_copy_are_no_evidence_once_it_is_adopted_until_something_is_fetched(tmp_path: Path) -> None:
    ant = world(tmp_path)
    for number in range(100):
        ant.store.seed(f"ant/{number}.json", item(number), modified=ant.clock.now())
    ant.clock.jump(3600.0)
    await adopt(ant)
    report = await ant.reconciler.run()
    assert report.by_kind == {"stale": 100}
    ant.clock.jump(60.0)
    assert (await ant.fill()).complete
    assert (await ant.reconciler.run()).complete


async def test_times_at_which_objects_were_collected_count_once_it_is_adopted(tmp_path: Path) -> None:
    ant = world(tmp_path)
    for number in range(100):
        ant.store.seed(f"ant/{number}.json", item(number), modified=ant.clock.now() - 1.5 * DAY + 900.0 * number)
    found = await adopt(ant)
    assert found.copies == []
    assert (await ant.reconciler.run()).by_kind == {"stale": 48}


async def test_what_our_index_knows_is_as_old_as_it_says(tmp_path: Path) -> None:
    ant = world(tmp_path)
    origin = Provenance("https://ant.test/", ant.clock.now() - 100.0, "ant_items", "1")
    for number in range(100):
        await ant.store.put(f"ant/{number}.json", item(number), origin)
    found = await adopt(ant)
    assert (found.known, found.recognised, found.copies) == (100, 0, [])
    assert (await ant.reconciler.run()).complete


async def test_objects_that_say_themselves_that_they_are_ours_are_recognised_within_the_budget(tmp_path: Path) -> None:
    lake = Copied(fetched_at=0.0)
    ant = world(tmp_path, store=lake)
    lake.fetched_at = ant.clock.now() - 10.0
    for number in range(100):
        lake.seed(f"ant/{number}.json", item(number), modified=ant.clock.now())
    found = await adopter(ant).look(BUDGET)
    assert (found.recognised, found.known, found.copies) == (100, 100, [])
    assert found.as_dict()["stale"] == 0
    lake.asked = 0
    found = await adopter(ant).look(Budget(requests=30, bytes=0))
    assert found.recognised == 30
    assert lake.asked <= 60
    lake.asked = 0
    assert (await adopter(ant).look(Budget(requests=0, bytes=0))).recognised == 0
    assert lake.asked == 0


async def test_adopting_again_forgets_no_copy(tmp_path: Path) -> None:
    ant = world(tmp_path)
    for number in range(50):
        ant.store.seed(f"ant/{number}.json", item(number), modified=1000.0)
    await adopt(ant)
    for number in range(50):
        ant.store.seed(f"ant/{number}.json", item(number), modified=9000.0)
    await adopt(ant)
    adoption = Adoption.from_text(ant.state.texts[ADOPTION])
    assert adoption is not None
    assert adoption.copies.spans == ((1000.0, 1000.0), (9000.0, 9000.0))
    assert (adoption.objects, adoption.known, adoption.budget) == (50, 0, BUDGET)


async def test_an_empty_lake_has_nothing(tmp_path: Path) -> None:
    told = (await adopter(world(tmp_path, 3)).look(BUDGET)).as_dict()
    assert [told[name] for name in ("objects", "bytes", "expected", "missing", "unexpected")] == [0, 0, 3, 3, []]


async def test_what_cannot_be_listed_beside_the_inventory_is_said_and_stops_nothing(tmp_path: Path) -> None:
    class Partly(MemoryStore):
        async def list(self, prefix=""):
            async for batch in super().list(prefix):
                yield batch
            if not prefix.startswith("ant/"):
                raise StoreError("/lake/private: permission denied")

    ant = world(tmp_path, 3, store=Partly())
    ant.store.seed("ant/1.json", item(1), modified=ant.clock.now())
    ant.store.seed("other/1", b"x")
    found = await adopter(ant).look(BUDGET)
    assert (found.objects, found.foreign) == (1, [])
    assert "permission denied" in str(found.problems[0])
    ant.store.broken = "no such disk"
    with pytest.raises(StoreError, match="no such disk"):
        await adopter(ant).look(BUDGET)
