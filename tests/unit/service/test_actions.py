"""What an operator does: it holds, it is noted, and it outlives a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.scenario.world import World, items_of, per

from adce_async.errors import RefusedError
from adce_async.service.actions import Actions
from adce_async.web.verbs import UnknownError


def world(folder: Path, **more: object) -> World:
    return World(folder, [items_of("ant", 3), items_of("bee", 1)], {"ant": per(9, 1.0), "bee": per(9, 1.0)}, **more)  # type: ignore[arg-type]


class Asked:
    def __init__(self, made: World) -> None:
        self.passes = 0
        self.readable = True
        self.levels: list[tuple[str, str]] = []
        self.safe: list[tuple[bool, str]] = []
        self.made = made
        self.actions = Actions(
            made.parts, self.ask, self.reload, lambda *level: self.levels.append(level),
            lambda *safe: self.safe.append(safe),
        )  # fmt: skip

    def ask(self) -> None:
        self.passes += 1

    async def reload(self, why: str) -> Mapping[str, object]:
        return {"ok": self.readable, "why": why}

    async def notes(self) -> list[str]:
        return [note.text for note in await self.made.history.notes()]


async def test_paused_nothing_starts_and_resumed_it_goes_on(tmp_path) -> None:
    made = world(tmp_path)
    asked = Asked(made)
    async with made.pool.running():
        assert await asked.actions.pause(None, "me") == {"paused": True, "sources": []}
        await made.reconciler.run()
        await made.pool.refresh()
        await asyncio.sleep(100)
        assert made.sources.log == []
        assert made.pool.held.why == "paused by an operator (me)"
        assert await asked.actions.resume(None, "me") == {"paused": False, "sources": []}
        await made.pool.drained(1000)
    assert len(made.sources.log) == 4
    assert await asked.notes() == ["all resumed by me", "all paused by me"]


async def test_one_source_is_paused_and_the_others_go_on(tmp_path) -> None:
    made = world(tmp_path)
    asked = Asked(made)
    async with made.pool.running():
        await asked.actions.pause("ANT", "me")
        await made.reconciler.run()
        await made.pool.refresh()
        await asyncio.sleep(100)
        assert [request.source for request in made.sources.log] == ["bee"]
        await asked.actions.resume(None, "me")
        await made.pool.drained(1000)
    assert len(made.sources.log) == 4


async def test_what_was_paused_still_is_after_a_restart(tmp_path) -> None:
    first = world(tmp_path)
    await Asked(first).actions.pause("bee", "me")
    second = world(tmp_path, state=first.state)
    await Asked(second).actions.restore()
    assert second.lanes["bee"].held.why == "paused by an operator (me)"
    assert not second.lanes["ant"].held
    first.state.texts["paused by an operator"] = "{nonsense"  # as if nothing had been paused
    third = world(tmp_path, state=first.state)
    await Asked(third).actions.restore()
    assert not third.lanes["bee"].held


async def test_parked_keys_come_back_and_a_pass_is_asked_for(tmp_path) -> None:
    def refuse(_request):
        raise RefusedError("it is another game")

    made = world(tmp_path, script=refuse)
    asked = Asked(made)
    async with made.pool.running():
        await made.reconciler.run()
        await made.pool.refresh()
        await made.pool.drained(1000)
    assert len(await made.queue.parked()) == 4
    some = await asked.actions.retry_parked(["ant/0.json", "no/such"], None, None, "me")
    assert (some["keys"], some["not_parked"]) == (["ant/0.json"], ["no/such"])
    assert (await asked.actions.retry_parked([], "bee", None, "me"))["retried"] == 1
    assert (await asked.actions.retry_parked([], None, "nothing like it", "me"))["retried"] == 0
    assert (await asked.actions.retry_parked([], None, "another game", "me"))["retried"] == 2
    assert await made.queue.parked() == []
    assert asked.passes == 4


async def test_a_cool_down_is_lifted(tmp_path) -> None:
    made = world(tmp_path)
    made.limiters["ant"].throttled(600.0, "HTTP 429")
    assert made.limiters["ant"].delay() > 500
    await Asked(made).actions.lift("ant", "me")
    assert made.limiters["ant"].delay() == 0
    assert made.limiters["ant"].cooling_until is None


async def test_a_reload_that_is_refused_is_not_noted_as_one(tmp_path) -> None:
    asked = Asked(world(tmp_path))
    await asked.actions.reload("me")
    asked.readable = False
    assert not (await asked.actions.reload("me"))["ok"]
    assert set(await asked.notes()) == {"configuration reloaded by me", "reload refused: asked by me"}


async def test_the_rest_is_handed_on(tmp_path) -> None:
    asked = Asked(world(tmp_path))
    assert await asked.actions.reconcile("me") == {"asked": True}
    assert await asked.actions.reload("me") == {"ok": True, "why": "asked by me"}
    assert await asked.actions.log_level("DEBUG", None, "me") == {"level": "DEBUG", "component": None}
    assert await asked.actions.log_level("INFO", "Pool", "me") == {"level": "INFO", "component": "pool"}
    assert await asked.actions.safe_mode(True, "me") == {"asked": "on"}
    assert await asked.actions.safe_mode(False, "me") == {"asked": "off"}
    assert (asked.passes, asked.levels) == (1, [("DEBUG", ""), ("INFO", "pool")])
    assert asked.safe == [(True, "me"), (False, "me")]
    with pytest.raises(UnknownError, match="there is no 'pond'; expected one of"):
        await asked.actions.log_level("INFO", "pond", "me")
    for act in (asked.actions.pause, asked.actions.resume, asked.actions.lift):
        with pytest.raises(UnknownError, match="there is no 'nobody'; expected one of ant, bee"):
            await act("nobody", "me")


async def test_what_is_paused_at_another_machine_is_paused_here(tmp_path: Path) -> None:
    one = world(tmp_path)
    two = world(tmp_path, state=one.state)
    here, there = Asked(one).actions, Asked(two).actions
    await here.pause("ant", "me")
    await there.follow()
    assert two.lanes["ant"].held.why == "paused by an operator (me)"
    await there.pause("bee", "you")  # and takes nothing of the other's back
    await here.follow()
    assert one.lanes["bee"].held.why == "paused by an operator (you)"
    await here.resume(None, "me")
    await there.follow()
    assert not two.lanes["ant"].held
    assert not two.lanes["bee"].held
