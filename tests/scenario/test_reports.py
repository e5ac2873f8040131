"""Reports that can't be written, and names that can't be stored: each is said, and stops nothing else."""

from __future__ import annotations

from tests.scenario.world import World, items_of, per

from adce_async.errors import UnstorableError
from adce_async.model.task import Verdict
from adce_async.testing.memory_store import MemoryStore


async def test_a_report_that_cannot_be_written_is_trouble_and_stops_nothing(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)})
    world.files.coverage.mkdir()  # where a file should be
    report = await world.fill()
    assert report.complete
    assert world.files.gaps.exists()
    ((name, text),) = world.troubles
    assert name == "coverage report"
    assert text.startswith(f"{world.files.coverage}: can't be written: ")
    assert world.parts.health.troubles("coverage report", "gaps report") == [f"coverage report: {text}"]
    world.files.coverage.rmdir()
    await world.look()
    assert world.parts.health.troubles("coverage report", "gaps report") == []


async def test_a_folder_that_cannot_be_written_keeps_nothing_from_the_lake(tmp_path) -> None:
    (tmp_path / "file").touch()
    world = World(tmp_path / "file", [items_of("ant", 3)], {"ant": per(10, 1.0)})
    assert (await world.fill()).complete
    assert len(await world.keys()) == 3


async def test_a_name_that_cannot_be_stored_is_parked_alone(tmp_path) -> None:
    class Picky(MemoryStore):
        async def put(self, key, body, provenance):
            if key == "ant/1.json":
                raise UnstorableError(f"{key}: storing it: is a folder, not a file: move it away")
            return await super().put(key, body, provenance)

    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)}, store=Picky())
    report = await world.fill()
    assert (report.gaps, report.parked) == (1, 1)
    assert await world.keys() == {"ant/0.json", "ant/2.json"}
    assert world.troubles == []
    (outcome,) = [outcome for _, outcome in world.outcomes if outcome.verdict is Verdict.PARKED]
    assert outcome.reason == "ant/1.json: storing it: is a folder, not a file: move it away"
