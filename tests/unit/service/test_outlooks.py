"""When all is done, by arithmetic: with what a drain takes, what is held, and what nobody can list yet."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.world import World, items_of, per

from adce_async.planning.outlook import Outlook
from adce_async.planning.unforeseen import Unforeseen
from adce_async.service.outlooks import Outlooks


def world(folder: Path) -> World:
    return World(folder, [items_of("ant", 21), items_of("bee", 2)], {"ant": per(2, 10.0), "bee": per(2, 10.0)})


async def test_what_is_held_is_left_out(tmp_path: Path) -> None:
    made = world(tmp_path)
    await made.look()
    outlooks = Outlooks(made.parts)
    assert outlooks.queue() == Outlook(100.0, "ant", "2 in 10 s")
    made.limiters["bee"].throttled(600.0, "HTTP 429")
    assert outlooks.queue().source == "bee"
    made.lanes["bee"].held.hold("operator", "paused")
    assert outlooks.queue().source == "ant"  # nobody knows when what is held goes on


async def test_it_is_what_a_drain_takes(tmp_path: Path) -> None:
    made = world(tmp_path)
    await made.look()
    said = Outlooks(made.parts).queue().seconds
    async with made.pool.running():
        await made.pool.drained(1000)
    took = max(request.at for request in made.sources.log) - min(request.at for request in made.sources.log)
    assert said <= took <= 1.05 * said


async def test_what_is_not_foreseen_comes_on_top(tmp_path: Path) -> None:
    made = world(tmp_path)
    outlooks = Outlooks(made.parts)
    assert outlooks.whole() == (Outlook(0.0), 0)
    await made.look()
    assert outlooks.unforeseen() == []  # nothing derives from these
    outlooks._unforeseen = outlooks._look.last, [Unforeseen("ant.schedule", 1, (), (), 10, 40)]
    seen, requests = outlooks.whole()
    assert (seen.source, requests) == ("ant", 40)
    assert seen.seconds == 300.0
