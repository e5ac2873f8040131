"""A sample asks for what it has sampled, is the same for the same seed, and holds the truth within its bounds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.engine.reconciling.test_survey import CLOCK, GAMES, SEASON, Lake, days

from adce_async.engine.reconciling.sampler import EXACT_UP_TO, Sample, Sampler
from adce_async.errors import StoreError
from adce_async.model.coverage import DataType, StoredObject
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.ports import Judgement
from adce_async.testing.memory_store import MemoryStore

MANY = 5000
PLAIN = Declared(
    DataType("ant", "plain", "ant_box", PathPattern("plain/{n}.json"), min_bytes=2, freshness_seconds=100.0),
    (),
    (ListDimension("n", tuple(map(str, range(MANY)))),),
)


class Unlisted(MemoryStore):
    """Can't be listed; counts the keys that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    whole = False
    """True if all of it is to be looked at."""

    def list(self, prefix=""):
        assert self.whole, "a sample lists nothing"
        return super().list(prefix)

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        self.asked += keys
        return await super().heads(keys)


class Sampled:
    def __init__(self, *declared: Declared) -> None:
        self.store = Unlisted()
        self.lake = Lake(*declared, store=self.store)

    async def look(self, share: float = 0.1, seed: int = 0) -> Sample:
        of = self.lake
        return await Sampler(of.surveyor, of.scrapers, of.store, of.discoveries, CLOCK).run(share, seed)

    async def estimate(self, share: float = 0.1, seed: int = 0) -> Any:
        totals: Any = (await self.look(share, seed)).as_dict()["totals"]
        return totals["estimate"]


def filled() -> Sampled:
    """Of 5,000 every fifth is missing, every tenth is stale, and every hundredth small, beginning with others."""
    sampled = Sampled(PLAIN)
    for number in range(MANY):
        if number % 5:
            old = number % 10 == 1
            body = b"x" if number % 100 == 2 else b"{}"
            sampled.store.seed(f"plain/{number}.json", body, modified=CLOCK.now() - (500.0 if old else 5.0))
    return sampled


async def test_only_the_sampled_keys_are_asked_for_each_once() -> None:
    sampled = filled()
    sample = await sampled.look(0.1)
    assert len(sampled.store.asked) == len(set(sampled.store.asked)) == sample.asked == MANY // 10


@pytest.mark.parametrize("seed", range(5))
async def test_the_truth_lies_within_the_bounds(seed: int) -> None:
    found = await filled().estimate(0.1, seed)
    for name, truth in (("missing", 1000), ("stale", 500), ("small", 50), ("stored", 4000), ("gaps", 1550)):
        assert found[name]["low"] <= truth <= found[name]["high"], name
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
    assert found["completeness_pct"]["low"] <= 69.0 <= found["completeness_pct"]["high"]
    assert found["confidence"] == 0.95


async def test_the_same_seed_gives_the_same_answer_and_another_one_another_sample() -> None:
    sampled = filled()
    first, again, other = await sampled.look(0.1, 1), await sampled.look(0.1, 1), await sampled.look(0.1, 2)
    assert first.as_dict() == again.as_dict()
    assert set(sampled.store.asked[:500]) != set(sampled.store.asked[-500:])
    assert (other.seed, other.exact) == (2, False)


async def test_a_complete_lake_has_no_gaps_in_any_sample() -> None:
    sampled = Sampled(replace(PLAIN, data_type=replace(PLAIN.data_type, freshness_seconds=None)))
    for number in range(MANY):
        sampled.store.seed(f"plain/{number}.json", b"{}")
    found = await sampled.estimate(0.1)
    assert (found["gaps"]["value"], found["gaps"]["low"], found["completeness_pct"]["value"]) == (0.0, 0, 100.0)
    assert found["gaps"]["high"] < 60


async def test_all_of_it_is_listed_instead_of_asked_for() -> None:
    sampled = filled()
    sampled.store.whole = True
    sample = await sampled.look(1.0)
    totals: Any = sample.as_dict()["totals"]
    truth = {"missing": 1000, "stale": 500, "small": 50, "stored": 4000, "gaps": 1550}
    assert sample.exact
    assert (sample.asked, sampled.store.asked) == (0, [])
    for name, count in truth.items():
        assert totals["estimate"][name] == {"value": count, "low": count, "high": count}, name


async def test_all_games_of_schedules_that_are_listed_are_known() -> None:
    box = Declared(DataType("ant", "box", "ant_box", PathPattern("box/{game_id}.json")), (SEASON,), (GAMES,))
    sampled = Sampled(days("1", "2"), box)
    sampled.store.seed("days/1.json", b'{"11": "final", "12": "final"}')
    sampled.store.seed("box/12.json", b"{}")
    sampled.store.whole = True
    sample = await sampled.look(1.0)
    assert [(row.size, row.found.stored) for row in sample.rows] == [(2, 1), (2, 1)]
    assert sampled.store.asked == []


async def test_a_small_lake_is_counted() -> None:
    few = replace(PLAIN, dimensions=(ListDimension("n", tuple(map(str, range(EXACT_UP_TO)))),))
    sampled = Sampled(few)
    sampled.store.seed("plain/7.json", b"{}", modified=CLOCK.now())
    sample = await sampled.look(0.01)
    assert sample.exact
    totals: Any = sample.as_dict()["totals"]
    assert totals["estimate"]["stored"] == {"value": 1.0, "low": 1, "high": 1}
    assert totals["estimate"]["gaps"] == {"value": 999.0, "low": 999, "high": 999}


async def test_the_games_of_schedules_are_known_from_what_is_remembered_of_them() -> None:
    """Without asking for the schedules, but for those in the sample."""
    box = Declared(DataType("ant", "box", "ant_box", PathPattern("box/{game_id}.json")), (SEASON,), (GAMES,))
    sampled = Sampled(days(*map(str, range(100))), box, PLAIN)
    for day in range(100):
        games = ", ".join(f'"{day}x{game}": "final"' for game in range(20))
        sampled.store.seed(f"days/{day}.json", b"{" + games.encode() + b"}")
    first = await sampled.look(0.1)
    assert [row.size for row in first.rows] == [100, 2000, MANY]
    assert first.asked == 100 + 200 + MANY // 10  # nothing was remembered: each schedule has to be read once
    sampled.store.asked.clear()
    again = await sampled.look(0.1)
    assert [row.size for row in again.rows] == [100, 2000, MANY]
    assert again.asked == len(sampled.store.asked) == 10 + 200 + MANY // 10


async def test_what_was_judged_to_be_wrong_is_invalid_in_the_sample() -> None:
    sampled = filled()
    stored = {
        key: found async for batch in MemoryStore.list(sampled.store) for key, found in ((o.key, o) for o in batch)
    }
    scraper = sampled.lake.scrapers["ant_box"]
    await sampled.lake.judged.save(
        {key: Judgement(scraper.cache_tag(found.etag), "another item") for key, found in stored.items()}
    )
    found = await sampled.estimate(0.1)
    assert (found["invalid"]["value"], found["stale"]["value"]) == (found["stored"]["value"], 0.0)


async def test_what_was_judged_to_be_good_is_verified_in_the_sample() -> None:
    sampled = filled()
    scraper = sampled.lake.scrapers["ant_box"]
    keys = [f"plain/{number}.json" for number in range(MANY)]
    found = await sampled.store.heads(keys)
    await sampled.lake.judged.save({key: Judgement(scraper.cache_tag(one.etag)) for key, one in found.items()})
    told = await sampled.estimate(0.1)
    assert told["verified"] == told["stored"]


async def test_nothing_expected_is_no_share() -> None:
    totals: Any = (await Sampled(replace(PLAIN, dimensions=(ListDimension("n", ()),))).look()).as_dict()["totals"]
    assert (totals["expected"], totals["exact"], totals["estimate"]["completeness_pct"]) == (0, True, None)


async def test_a_lake_that_does_not_answer_is_not_an_empty_one() -> None:
    sampled = filled()
    sampled.store.broken = "no such disk"
    with pytest.raises(StoreError):
        await sampled.look()
