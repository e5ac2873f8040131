"""A lake of the size that users have: complete, it has no gap; damaged, it has exactly the gaps that were made in it."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.stored_index import IndexRules, StoredIndex
from adce_async.engine.reconciling.survey import Survey, Surveyor
from adce_async.model.coverage import DataType, GapKind, Priority, StoredObject
from adce_async.model.days import DAY
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.plan import PlanRules, plan
from adce_async.ports import ReportRules, StoredReport
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore

KEYS = 83_389
RULES = PlanRules("2024-25")
PRIORITIES = {"2024-25": Priority.MEDIUM, "2023-24": Priority.MEDIUM, "2022-23": Priority.LOW}
SEASONS = tuple(PRIORITIES)


class Lake:
    """Objects that only a report tells of, or a listing."""

    def __init__(self) -> None:
        self.clock = FakeClock("2025-03-01T12:00:00Z")
        games = KEYS // len(SEASONS) // 2
        self.declared = [self._declared("box_score", games), self._declared("play_by_play", games)]
        rest = KEYS - games * len(SEASONS) * 2
        if rest:
            self.declared.append(self._declared("extra", rest, seasons=()))
        self.objects = {
            key: StoredObject(key, 5000, f"{n:x}", self.clock.now() - DAY) for n, key in enumerate(self._keys())
        }

    @staticmethod
    def _declared(name: str, games: int, seasons: tuple[str, ...] = SEASONS) -> Declared:
        pattern = PathPattern(f"{name}/{{season}}/{{game_id}}.json" if seasons else f"{name}/{{game_id}}.json")
        data_type = DataType("espn", name, "espn", pattern, min_bytes=100, freshness_seconds=30 * DAY)
        return Declared(data_type, seasons, (ListDimension("game_id", tuple(str(n) for n in range(games))),))

    def _keys(self) -> list[str]:
        patterns = [(each, season) for each in self.declared for season in each.seasons_to_expand]
        return [
            each.data_type.pattern.format({"game_id": value, "season": season or ""})
            for each, season in patterns
            for value in each.dimensions[0].values  # type: ignore[union-attr]
        ]

    # -- as a report and who finds it

    source = "a report"

    @property
    def as_of(self) -> float:
        return self.clock.now()

    def apply(self, rules: ReportRules) -> None:
        raise AssertionError(rules)

    async def newest(self, *, not_before: float, not_after: float = math.inf, had: float = -1.0) -> StoredReport | None:
        return self

    async def batches(self) -> AsyncIterator[StoredColumns]:
        objects = iter(self.objects.values())
        while batch := list(itertools.islice(objects, 20_000)):
            yield StoredColumns.of(batch)


async def look(lake: Lake, folder: Path) -> Survey:
    """As a process that has just started does."""
    store = MemoryStore()
    whole = Surveyor(lake.declared, {}, store, MemoryDiscoveries(), lake.clock)
    index = StoredIndex(store, lake.clock, folder, lake, IndexRules())
    await index.load()
    try:
        return await IndexedSurveyor(whole, index, store, lake.clock, lake.declared, {}, rules=RULES).look()
    finally:
        index.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_exactly_what_was_damaged_is_found_and_twice_the_same(seed: int, tmp_path: Path) -> None:
    lake, chance = Lake(), random.Random(seed)
    assert len(lake.objects) == KEYS
    complete = await look(lake, tmp_path)
    assert (complete.gaps, complete.listed) == (0, KEYS)
    assert sum(row.stored for row in complete.coverage) == KEYS
    lake.clock.jump(3600)
    stale = chance.sample(
        [key for key in lake.objects if not key.split("/")[1].startswith("202") or "2024-25" in key], 200
    )
    keys = [*chance.sample(sorted(lake.objects.keys() - set(stale)), 600), *stale]  # what is over does not age
    expected: dict[str, GapKind] = {}
    for key in keys[:500]:
        del lake.objects[key]
        expected[key] = GapKind.MISSING
    for key, found in ((key, lake.objects[key]) for key in keys[500:]):
        small = len(expected) < 600
        size, at = (10, found.modified) if small else (found.size, found.modified - 40 * DAY)
        lake.objects[key] = StoredObject(key, size, f"new {found.etag}", at)
        expected[key] = GapKind.SMALL if small else GapKind.STALE
    for _ in range(2):
        survey = await look(lake, tmp_path)
        tasks = plan(survey.findings, RULES, now=lake.clock.now(), first_detected={})
        assert {task.key: task.kind for task in tasks} == expected
        assert survey.by_kind == {"missing": 500, "stale": 200, "small": 100}
        assert all(task.priority is PRIORITIES.get(task.season or "2024-25") for task in tasks)
        lake.clock.jump(3600)
