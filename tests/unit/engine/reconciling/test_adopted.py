"""What was adopted is verified an hour's budget at a time; what was not is named once."""

from __future__ import annotations

from pathlib import Path

import structlog
from tests.scenario.world import World, item, items_of, per

from adce_async.engine.events import PassDone
from adce_async.engine.reconciling.adopted import HOUR, Adopted, adoption_hint
from adce_async.model.adoption import ADOPTION, Adoption, Budget
from adce_async.model.coverage import Coverage
from adce_async.testing.memory_queue import MemoryState

OTHER = b'{"id": "another one"}'


def world(folder: Path, count: int, budget: Budget | None) -> World:
    ant = World(folder, [items_of("ant", count)], {"ant": per(100, 1.0)})
    for number in range(count):
        ant.store.seed(f"ant/{number}.json", item(number) if number else OTHER)
    if budget is not None:
        ant.state.texts[ADOPTION] = Adoption(ant.clock.now(), count, 0, budget=budget).to_text()
    return ant


def adopted(ant: World) -> Adopted:
    return Adopted(ant.verifier, ant.state, ant.clock)


def record(ant: World) -> Adoption:
    found = Adoption.from_text(ant.state.texts[ADOPTION])
    assert found is not None
    return found


async def test_what_was_not_adopted_is_left_alone(tmp_path: Path) -> None:
    ant = world(tmp_path, 3, None)
    assert await adopted(ant).verify_some() is None
    assert (ant.verifications.judged, ant.state.texts) == ({}, {})


async def test_without_a_budget_nothing_is_verified(tmp_path: Path) -> None:
    ant = world(tmp_path, 3, Budget(0, 1000))
    assert await adopted(ant).verify_some() is None
    assert ant.verifications.judged == {}


async def test_each_hour_has_its_budget_and_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    ant = world(tmp_path, 10, Budget(8, 1_000_000))  # two requests an object
    for done in (4, 8):
        assert await adopted(ant).verify_some() is not None
        assert len(ant.verifications.judged) == done
        assert await adopted(ant).verify_some() is None  # also if it was started anew meanwhile
        assert record(ant).verified_at is None
        ant.clock.jump(HOUR)
    report = await adopted(ant).verify_some()
    assert report is not None
    assert (len(ant.verifications.judged), record(ant).verified_at) == (10, ant.clock.now())
    ant.clock.jump(HOUR)
    assert await adopted(ant).verify_some() is None
    assert (await ant.reconciler.run()).by_kind == {"invalid": 1}


async def test_bytes_are_a_budget_too_and_one_object_that_is_larger_is_judged_alone(tmp_path: Path) -> None:
    ant = world(tmp_path, 6, Budget(1000, len(OTHER) + len(item(1))))
    await adopted(ant).verify_some()
    assert len(ant.verifications.judged) == 2
    ant = world(tmp_path, 3, Budget(1000, 1))
    for done in (1, 2, 3):
        await adopted(ant).verify_some()
        assert len(ant.verifications.judged) == done
        ant.clock.jump(HOUR)


async def test_what_we_have_fetched_costs_nothing(tmp_path: Path) -> None:
    ant = world(tmp_path, 0, Budget(2, 1000))
    ant = World(tmp_path, [items_of("ant", 5)], {"ant": per(100, 1.0)}, state=ant.state)
    await ant.fill()
    ant.store.seed("ant/4.json", item(4))
    report = await adopted(ant).verify_some()
    assert report is not None
    assert (report.finished, list(ant.verifications.judged)) == (True, ["ant/4.json"])


async def test_a_clock_that_was_put_back_stops_nothing(tmp_path: Path) -> None:
    ant = world(tmp_path, 10, Budget(8, 1_000_000))
    await adopted(ant).verify_some()
    ant.clock.jump(-10 * HOUR)
    assert await adopted(ant).verify_some() is not None


def done(stored: int, verified: int) -> PassDone:
    return PassDone(0, 0, 0, 0, 0.1, coverage=[Coverage("ant", "items", None, stored=stored, verified=verified)])


async def hinted(texts: MemoryState, *events: PassDone) -> int:
    hint = adoption_hint(texts)
    with structlog.testing.capture_logs() as logs:
        for event in events:
            told = hint([event])
            assert told is not None
            await told
    assert all("`adce adopt`" in line["next"] for line in logs)
    return len(logs)


async def test_a_lake_of_others_is_named_once() -> None:
    assert await hinted(MemoryState(), done(10, 0), done(10, 1), done(10, 0)) == 1


async def test_an_empty_lake_and_one_of_ours_are_not_named() -> None:
    assert await hinted(MemoryState(), done(0, 0), done(10, 5), done(10, 10)) == 0


async def test_what_was_adopted_is_not_named() -> None:
    texts = MemoryState()
    await texts.set_text(ADOPTION, Adoption(0.0, 10, 0).to_text())
    assert await hinted(texts, done(10, 0)) == 0
