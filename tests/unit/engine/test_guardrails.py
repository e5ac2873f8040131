"""Guardrails at work: told, in the history, over restarts and crashes, and as a person asks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from adce_async.engine.events import PassDone, SourceThrottled, TaskSettled, TaskStarted
from adce_async.engine.guardrails import ASKED, STATE, Guardrails
from adce_async.model.task import Outcome, Verdict
from adce_async.planning.guardrails import GuardrailRules, SafeMode
from adce_async.testing import example_tasks
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryHistory, MemoryState

RULES = GuardrailRules(safe_mode="on_trigger")
REFUSED = SourceThrottled("ant", 0.0, "HTTP 429")


class Desk:
    def __init__(self, state: MemoryState | None = None, rules: GuardrailRules = RULES, node: str = "") -> None:
        self.clock, self.state, self.history = FakeClock(), state or MemoryState(), MemoryHistory()
        self.told: dict[str, str] = {}
        self.safe: list[str] = []
        self.guardrails = Guardrails(
            rules, clock=self.clock, state=self.state, history=self.history, be_safe=self._be_safe,
            tell=lambda name, text: self.told.update({name: text}), node=node,
        )  # fmt: skip

    async def _be_safe(self, why: str) -> None:
        self.safe.append(why)

    async def look(self, *, idle: bool = True, memory: bool = False) -> set[str]:
        await self.guardrails.look(idle=idle, memory=memory)
        return {name for name, text in self.told.items() if text}

    async def kept(self) -> set[str]:
        """What is met, for who reads it in the state."""
        return set(json.loads(await self.state.get_text(STATE) or "")["told"])

    async def notes(self) -> list[str]:
        return [note.text for note in reversed(await self.history.notes(kind="guardrail"))]


async def test_a_trigger_is_told_begins_safe_mode_and_is_in_the_history() -> None:
    desk = Desk()
    await desk.guardrails.begin()
    assert await desk.look() == set()
    desk.guardrails.handle([REFUSED] * 11)
    assert await desk.look() == {"guardrail throttlings", "safe mode"}
    assert desk.safe == ["sources have refused us 11 times within a day"]
    assert "adce guardrails --restore" in desk.told["safe mode"]
    for _ in range(60):
        await asyncio.sleep(1800.0)
        await desk.look()
    assert desk.safe[1:] == [""]
    assert await desk.look() == set()
    assert await desk.notes() == [
        "safe mode begins: sources have refused us 11 times within a day",
        "safe mode ends: calm for 6 h",
    ]


async def test_by_default_it_is_only_told() -> None:
    desk = Desk(rules=GuardrailRules())
    await desk.guardrails.begin()
    assert await desk.look(memory=True) == {"guardrail memory"}
    assert (desk.safe, await desk.notes()) == ([], [])
    desk.guardrails.apply(replace(RULES, safe_mode="always"))
    assert await desk.look() == {"safe mode"}
    desk.guardrails.apply(GuardrailRules())
    assert await desk.look() == set()


async def test_a_restart_goes_on_in_safe_mode_and_with_what_was_counted() -> None:
    before = Desk()
    await before.guardrails.begin()
    before.guardrails.handle([REFUSED] * 11)
    await before.look()
    await before.guardrails.end()
    after = Desk(before.state)
    await after.guardrails.begin()
    assert after.safe == before.safe
    assert after.told["safe mode"]
    assert await after.look() == {"guardrail throttlings", "safe mode"}
    assert await after.notes() == []


async def test_starts_after_a_crash_are_counted_those_after_an_end_are_not() -> None:
    state = MemoryState()
    for _ in range(5):
        desk = Desk(state)
        await desk.guardrails.begin()
        assert await desk.look() == set()
        await desk.guardrails.end()
    for _ in range(4):
        desk = Desk(state)
        await desk.guardrails.begin()
    assert await desk.look() == {"guardrail crash loop", "safe mode"}
    assert await desk.kept() == {"crash loop"}


@pytest.mark.parametrize("mode", ["never", "on_trigger"])
async def test_what_is_met_is_kept_at_once_and_what_is_over_too(mode: SafeMode) -> None:
    desk = Desk(rules=GuardrailRules(safe_mode=mode))
    await desk.guardrails.begin()
    for memory in (True, False, True):
        await desk.look(memory=memory)
        assert await desk.kept() == ({"memory"} if memory else set())


async def test_a_person_restores_and_asks_for_safe_mode() -> None:
    desk = Desk()
    await desk.guardrails.begin()
    assert await desk.look(memory=True) == {"guardrail memory", "safe mode"}
    await desk.state.set_text(ASKED, "restore me")
    await asyncio.sleep(10.0)
    assert await desk.look(memory=True) == {"guardrail memory"}
    assert await desk.state.get_text(ASKED) == ""
    await desk.state.set_text(ASKED, "safe me")
    await asyncio.sleep(10.0)
    assert await desk.look() == {"safe mode"}
    assert (await desk.notes())[1:] == ["safe mode ends: restored by me", "safe mode begins: asked by me"]


async def test_what_is_asked_within_the_process_is_heeded_at_the_next_look() -> None:
    desk = Desk(rules=GuardrailRules())
    await desk.guardrails.begin()
    desk.guardrails.ask(safe=True, by="10.0.0.7")
    assert await desk.look() == {"safe mode"}
    assert desk.safe == ["asked by 10.0.0.7"]
    desk.guardrails.ask(safe=False, by="10.0.0.8")
    assert await desk.look() == set()
    assert await desk.look() == set()
    assert await desk.notes() == ["safe mode begins: asked by 10.0.0.7", "safe mode ends: restored by 10.0.0.8"]


async def test_attempts_passes_and_drains_are_counted() -> None:
    desk = Desk(rules=GuardrailRules())
    await desk.guardrails.begin()
    task = example_tasks.task("a", source="ant")
    started = TaskStarted((task,), 0.0)

    async def drain(pace: float, verdict: Verdict = Verdict.STORED) -> None:
        desk.guardrails.handle([started])
        for _ in range(20):
            await asyncio.sleep(pace)
            desk.guardrails.handle([TaskSettled(task, Outcome("a", verdict), pace, 1)])
        await desk.look(idle=True)

    for _ in range(6):
        await drain(1.0)
        desk.guardrails.handle([PassDone(0, 0, 0, 0, 10.0)])
    for _ in range(3):
        await drain(2.0)
        desk.guardrails.handle([PassDone(0, 0, 0, 0, 30.0)])
    assert await desk.look() == {"guardrail cycle time", "guardrail drain time"}
    await drain(1.0, Verdict.RELEASED)  # says nothing
    for _ in range(3):
        await drain(1.0, Verdict.RETRY)
    assert "guardrail success rate" in await desk.look()


async def test_a_memory_that_is_none_stops_nothing() -> None:
    state = MemoryState()
    await state.set_text(STATE, '{"triggers": [], "safe_mode": 3}')
    desk = Desk(state)
    await desk.guardrails.begin()
    assert await desk.look() == set()


async def test_of_several_nodes_the_history_says_which_one_it_was() -> None:
    desk = Desk(node="one")
    await desk.guardrails.begin()
    desk.guardrails.handle([REFUSED] * 11)
    await desk.look()
    assert await desk.notes() == ["one: safe mode begins: sources have refused us 11 times within a day"]
