"""Who makes no passes shows what the leader has seen."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from tests.scenario.world import World, items_of, per

from adce_async.model.coverage import Coverage
from adce_async.service.documents import Documents
from adce_async.service.last_look import LastLook
from adce_async.service.since_look import SinceLook
from adce_async.testing.memory_coverage import MemoryCoverageHistory


def world(folder: Path) -> World:
    return World(folder, [items_of("ant", 4)], {"ant": per(100, 1.0)})


async def test_alone_it_is_the_last_pass(tmp_path: Path) -> None:
    made = world(tmp_path)
    look = LastLook(made.parts)
    assert (look.last, look.follows) == (None, False)
    await made.reconciler.run()
    seen = look.last
    assert seen is not None
    assert [row.missing for row in seen.coverage] == [4]
    assert look.last is seen
    await made.reconciler.run()
    assert look.last is not seen


async def test_of_several_machines_all_show_the_leaders(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.parts.ports.coverage = MemoryCoverageHistory()
    made.parts.ports.membership = SimpleNamespace(leads=False, view=SimpleNamespace(leader="one"))  # type: ignore[assignment]
    since = SinceLook()
    look = LastLook(made.parts, since)
    documents = Documents(made.parts, lambda: 0, lambda: None, since, look)
    await look.refresh()
    assert (look.last, documents.ready()) == (None, [])  # nobody has looked yet, and it is not ours to do
    now = made.clock.now()
    await made.parts.ports.coverage.record([Coverage("ant", "items", None, expected=4, stored=3, missing=1)], now, 0.0)
    since.stored = 7
    await look.refresh()
    found = documents.coverage()
    assert (found["totals"]["completeness_pct"], since.stored) == (75.0, 0)  # type: ignore[index]
    assert documents.status()["leader"] == "one"
    seen = look.last
    await look.refresh()
    assert look.last is seen
    made.clock.jump(60)
    await made.reconciler.run()  # it has led for a moment: the newer one counts
    assert look.last is not None
    assert look.last.at > now
